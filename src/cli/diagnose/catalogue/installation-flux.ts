import type { FindingKind } from "../finding-kind.ts";

const AREA = { area: "installation" } as const;

export const FLUX_NOT_INSTALLED: FindingKind = {
  ...AREA,
  id: "FluxNotInstalled",
  severity: "error",
  title: "A controller of Flux is not installed",
  means:
    "No Deployment of source-controller, of kustomize-controller, or, for a project that delivers by Helm, of helm-controller is in the cluster, and Flux's objects are not answered: nothing is fetched from git, or nothing is applied.",
  shows: "`kubectl get deployments -A` has no source-controller or kustomize-controller.",
  fix: "Install Flux (`flux install`, `flux bootstrap`, or its manifests with kubectl), then lock it down (`FluxNotLockedDown`).",
  lookAlike:
    "`FluxOutside`: no Deployment, but Flux's objects are answered. `FluxNotRunning`: it is installed, and no replica is available.",
  explains: ["FluxCrdMissing", "FluxNotMoving"],
};

export const FLUX_OLD: FindingKind = {
  ...AREA,
  id: "FluxOld",
  severity: "error",
  title: "Flux is older than the operator needs",
  means:
    "The image of a controller is older than 1.0. The operator writes GitRepository and Kustomization in v1, which came with 1.0 (Flux 2.0).",
  shows:
    "`kubectl get deployments -n flux-system -o wide`: the tag of the image. An image that is named by a digest alone is not judged.",
  fix: "Upgrade Flux: `flux install`, or its manifests of a newer release.",
  lookAlike: "`FluxCrdOld`: the controllers are new, and the CRDs were not upgraded with them.",
  explains: ["FluxCrdOld", "FluxCrdMissing", "FluxNotMoving"],
};

export const FLUX_CRD_MISSING: FindingKind = {
  ...AREA,
  id: "FluxCrdMissing",
  severity: "error",
  title: "A kind of Flux is not installed",
  means:
    "The API server does not serve GitRepository or Kustomization, or, for a project that delivers by Helm, HelmRelease. Set-ups stop at CREATING_RESOURCES, and what is deployed is not looked after.",
  shows:
    "`kubectl get crd gitrepositories.source.toolkit.fluxcd.io kustomizations.kustomize.toolkit.fluxcd.io`.",
  fix: "Install Flux's manifests again: they contain the CRDs.",
  lookAlike:
    "`FluxCrdOld`: it is there, in old versions only. `FluxNotInstalled`: the controllers are missing too; then that is told alone.",
  explains: ["FluxNotMoving", "ProjectNotReady"],
};

export const FLUX_CRD_OLD: FindingKind = {
  ...AREA,
  id: "FluxCrdOld",
  severity: "error",
  title: "Flux's kinds are served in old versions only",
  means:
    "The API server serves GitRepository or Kustomization in v1beta1 or v1beta2 alone, and the operator writes v1. Helm, for one, does not upgrade CRDs by itself.",
  shows: "`kubectl get crd gitrepositories.source.toolkit.fluxcd.io -o jsonpath='{.spec.versions[*].name}'`.",
  fix: "Install Flux's manifests of a release from 2.0 on: they contain the CRDs.",
  lookAlike: "`FluxCrdMissing`: not served at all. `FluxOld`: the controllers are old as well.",
  explains: ["ProjectNotReady"],
};

export const FLUX_NOT_RUNNING: FindingKind = {
  ...AREA,
  id: "FluxNotRunning",
  severity: "error",
  title: "A controller of Flux does not run",
  means:
    "The Deployment of source-controller or kustomize-controller has no replica that is available. What is deployed goes on; nothing new is fetched or applied, and nothing is pruned: a removal waits.",
  shows: "`kubectl get pods -n flux-system`. A Kustomization keeps saying Ready=True meanwhile.",
  fix: "`kubectl describe` of the Deployment and its Pods tells the reason. Switched off: `kubectl scale`.",
  lookAlike: "`FluxNotMoving`: a replica is available, and does nothing.",
  explains: ["FluxNotMoving", "FluxControllerNotResponding"],
};

export const FLUX_NOT_MOVING: FindingKind = {
  ...AREA,
  id: "FluxNotMoving",
  severity: "error",
  title: "Flux is there, but stands still",
  means:
    "A controller of Flux is available and does nothing: its Lease has run out, or objects have waited for minutes for an answer to their spec or to a request. Its own /readyz answers only a ping and says nothing of this.",
  shows:
    "`kubectl get lease -n flux-system`: `renewTime`; or an object whose `metadata.generation` is ahead of every `observedGeneration` in its status, or whose `status.lastHandledReconcileAt` is not its annotation `reconcile.fluxcd.io/requestedAt`.",
  fix: "The controller's log says what it does; a restart of its Deployment ends a hang.",
  lookAlike:
    "A suspended object waits for nobody. One that fails is looked at all the same: then its condition tells, and no finding of Flux itself.",
};

export const FLUX_NOT_LOCKED_DOWN: FindingKind = {
  ...AREA,
  id: "FluxNotLockedDown",
  severity: "error",
  title: "Flux does not keep projects apart",
  means:
    "kustomize-controller, or helm-controller where there is one, runs without `--no-cross-namespace-refs` or without `--default-service-account`. A project's repository could then use sources of other namespaces, or be applied with the controller's own rights: those of an administrator. Our confinement depends on both. A project need not use Helm for that: its repository may hold a HelmRelease.",
  shows:
    "`kubectl get deployment -n flux-system kustomize-controller -o jsonpath='{.spec.template.spec.containers[0].args}'`.",
  fix: "Add the flags, as in Flux's guide to multi-tenancy. Of two equal flags the last one counts. Where Flux manages itself from git, change them there, or they come back.",
  lookAlike:
    "`--no-cross-namespace-refs` without a value counts as true; `=false` does not. An empty `--default-service-account=` is none.",
};

export const FLUX_OUTSIDE: FindingKind = {
  ...AREA,
  id: "FluxOutside",
  severity: "info",
  title: "Flux seems to run outside of the cluster",
  means:
    "There is no Deployment of this controller, but Flux's objects have been answered: it runs elsewhere, or under another name. How it is started, and so whether it keeps projects apart, cannot be seen from here.",
  shows: "`kubectl get deployments -A`, and the status of any GitRepository or Kustomization.",
  fix: "Nothing, if that is meant. Make sure yourself that kustomize-controller has `--no-cross-namespace-refs=true` and `--default-service-account`.",
  lookAlike: "`FluxNotInstalled`: no Flux object is answered either.",
};

export const INSTALLATION_FLUX: readonly FindingKind[] = [
  FLUX_NOT_INSTALLED,
  FLUX_OLD,
  FLUX_CRD_MISSING,
  FLUX_CRD_OLD,
  FLUX_NOT_RUNNING,
  FLUX_NOT_MOVING,
  FLUX_NOT_LOCKED_DOWN,
  FLUX_OUTSIDE,
];
