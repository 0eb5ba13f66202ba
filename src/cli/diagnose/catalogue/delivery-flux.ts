import type { FindingKind } from "../finding-kind.ts";

export const DELIVERY_MISSING: FindingKind = {
  id: "DeliveryMissing",
  area: "delivery",
  severity: "error",
  title: "The Kustomization or HelmRelease of an environment is missing",
  means:
    "Somebody has deleted the Flux object that deploys the environment. Flux prunes what a Kustomization has deployed when it goes, so the workloads may be gone as well. Nothing is deployed until the operator has made it again.",
  shows: "`projectgitops tree NAME` shows it as Missing.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE`; `resume` where the project is suspended, for then the operator repairs nothing.",
  lookAlike:
    "A project that is being set up has no Flux object yet: its phase is not COMPLETED. A Namespace that is gone takes its objects with it, and is told as what it is.",
};

export const CROSS_NAMESPACE_DENIED: FindingKind = {
  id: "CrossNamespaceDenied",
  area: "delivery",
  severity: "error",
  title: "The Flux object names a source in another namespace",
  means:
    "Flux runs with `--no-cross-namespace-refs`, so it follows no reference to a source of another namespace. The operator makes none: somebody has changed the object.",
  shows:
    "The Kustomization has Ready=False, reason AccessDenied: `cross-namespace references have been blocked`, and is Stalled.",
  fix: 'Take the namespace out of `spec.sourceRef`: `kubectl patch kustomization NAME -n NAMESPACE --type json -p \'[{"op":"remove","path":"/spec/sourceRef/namespace"}]\'`. The operator does not, for it leaves alone what people add beside its own fields.',
  lookAlike:
    "`dependsOn` between environments of a project does cross namespaces, and Flux allows it: that is DependencyNotReady when it waits.",
};

export const DEPENDENCY_NOT_READY: FindingKind = {
  id: "DependencyNotReady",
  area: "delivery",
  severity: "warning",
  title: "An environment waits for another one that is not Ready",
  means:
    "`dependsOn` holds the environment back until the other one is deployed and Ready. What keeps that one from it is the thing to mend.",
  shows:
    "The Kustomization has Ready=False, reason DependencyNotReady: `dependency 'NAMESPACE/NAME' is not ready`.",
  fix: "Mend the environment that it waits for, or take it out of `dependsOn`. A suspended one is waited for as long as it is suspended.",
  lookAlike:
    "HealthCheckFailed (WorkloadNotHealthy): there the environment itself has been deployed and waits for its own workloads.",
};

export const DEPENDENCY_SUSPENDED: FindingKind = {
  id: "DependencySuspended",
  area: "delivery",
  severity: "error",
  title: "An environment waits for another one that is suspended",
  means:
    "`dependsOn` holds the environment back until the other one is Ready, and that one is suspended before it became so: this does not end by itself.",
  shows:
    "The Kustomization has Ready=False, reason DependencyNotReady, and the one that it names has `spec.suspend: true`.",
  fix: "Resume the other environment, or take it out of `dependsOn`.",
  lookAlike:
    "DependencyNotReady: the other one is at work, or fails, and goes on by itself once that is mended.",
};

export const ARTIFACT_UNREACHABLE: FindingKind = {
  id: "ArtifactUnreachable",
  area: "delivery",
  severity: "error",
  title: "kustomize-controller cannot reach source-controller",
  means:
    "What was fetched from git is served by source-controller over HTTP inside the cluster. The fetch has worked, and kustomize-controller gets no answer when it asks for the result.",
  shows:
    "The GitRepository is Ready; the Kustomization stays at `Fetching manifests for revision …`, and after some minutes has reason ArtifactFailed: `failed to download archive: …`.",
  fix: "Look at the NetworkPolicies in Flux's namespace (source-controller takes requests on port 9090, its Service on 80), at the Service `source-controller` and its endpoints, and at the cluster's DNS.",
  lookAlike:
    "A GitRepository that is not Ready has no artifact either: then the git host is the trouble, and the Kustomization only says that there is nothing to deploy.",
};

export const ARTIFACT_NOT_FETCHED: FindingKind = {
  id: "ArtifactNotFetched",
  area: "delivery",
  severity: "error",
  title: "What Flux fetched from git is gone from source-controller",
  means:
    "The GitRepository is Ready, and source-controller answers that it does not have the archive. Its storage is empty after a restart without a persistent volume.",
  shows:
    "The GitRepository is Ready; the Kustomization says for longer than a minute: `Source artifact not found` or `Source is not ready, artifact not found`.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE --with-source` fetches again; by itself it heals at the next interval of the source.",
  lookAlike:
    "ArtifactUnreachable: there is no answer at all. And a source that has become Ready only now: kustomize-controller looks again within 30 s.",
};

export const RETRY_PENDING: FindingKind = {
  id: "RetryPending",
  area: "delivery",
  severity: "error",
  title: "What failed has been mended, and Flux has not tried again",
  means:
    "Flux's last answer is a failure whose reason is gone: the deployer has the right by now, or the kind is known by now. Flux tries again at its interval.",
  shows:
    "`kubectl auth can-i VERB RESOURCE -n NAMESPACE --as system:serviceaccount:NAMESPACE:DEPLOYER` says yes, and the message of the Kustomization is older.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE --with-source` has it try now. `retryInterval` makes it try sooner by itself.",
  lookAlike: "DeployerForbidden and UnknownKind: there the reason is still so.",
};

export const HELM_RELEASE_FAILED: FindingKind = {
  id: "HelmReleaseFailed",
  area: "delivery",
  severity: "error",
  title: "Helm cannot install or upgrade the chart",
  means: "helm-controller has rendered and applied the chart, and Helm says that it failed.",
  shows: "The HelmRelease has Ready=False, reason InstallFailed, UpgradeFailed, or what came of it.",
  fix: "The message is Helm's own answer. Mend the chart or `delivery.helm.values`, and push. `kubectl describe helmrelease` shows the history.",
  lookAlike:
    "ChartFailed: there the chart could not be packaged at all. Where the pods do not start, what keeps them from it is told instead.",
};

export const CHART_FAILED: FindingKind = {
  id: "ChartFailed",
  area: "delivery",
  severity: "error",
  title: "Flux cannot make a chart of the folder in the repository",
  means:
    "The repository was fetched, and source-controller cannot package the folder that `delivery.helm.chart` names.",
  shows:
    "The HelmRelease has Ready=False, reason SourceNotReady: `HelmChart '…' is not ready`; the HelmChart says why.",
  fix: "Look whether the folder is in the repository, has a Chart.yaml with name and version, and carries its dependencies in `charts/`; then push.",
  lookAlike: "A GitRepository that is not Ready: then nothing was fetched, and that is told instead.",
};

export const DELIVERY_FAILING: FindingKind = {
  id: "DeliveryFailing",
  area: "delivery",
  severity: "error",
  title: "Flux cannot deploy an environment, for a reason that only its message tells",
  means: "No other check knows this message of Flux. It is shown as it is.",
  shows: "`kubectl get kustomization -n NAMESPACE`, or `projectgitops status NAME`.",
  fix: "Do what the message says; `projectgitops reconcile NAME -n NAMESPACE --with-source` has Flux try at once.",
  lookAlike: "A GitRepository that is not Ready: then its trouble is told, and not what follows from it.",
};

export const DELIVERY_FLUX: readonly FindingKind[] = [
  DELIVERY_MISSING,
  CROSS_NAMESPACE_DENIED,
  ARTIFACT_UNREACHABLE,
  ARTIFACT_NOT_FETCHED,
  DEPENDENCY_SUSPENDED,
];

/** What comes after all else: failures without a cause of their own. */
export const DELIVERY_LAST: readonly FindingKind[] = [
  CHART_FAILED,
  HELM_RELEASE_FAILED,
  RETRY_PENDING,
  DELIVERY_FAILING,
  DEPENDENCY_NOT_READY,
];
