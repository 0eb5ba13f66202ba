import type { FindingKind } from "../finding-kind.ts";

const AREA = { area: "installation" } as const;
/** Without our kind the operator sees nothing, whatever else is right. */
const BLINDS = ["PollStale", "ProjectUnanswered", "OperatorNotRunning"];

export const CRD_MISSING: FindingKind = {
  ...AREA,
  id: "CrdMissing",
  severity: "error",
  title: "The kind ProjectGitOps is not installed",
  means:
    "The API server does not know the kind ProjectGitOps: nobody can create one, and an operator that runs sees none.",
  shows:
    '`kubectl get pgops -A` says `the server doesn\'t have a resource type "pgops"`; `kubectl get crd projectgitops.projectgitops.dev` says NotFound.',
  fix: "`projectgitops install --export --only crd | kubectl apply --server-side -f -` puts the CustomResourceDefinition there and nothing else. Objects that were lost with it have to be applied again: the operator takes over what they had made.",
  lookAlike:
    "`CrdBeingDeleted`: it is still there, on its way out. `CrdOtherVersion`: it is there, in another version. A context that points to another cluster looks just the same: `kubectl config current-context`.",
  explains: BLINDS,
};

export const CRD_BEING_DELETED: FindingKind = {
  ...AREA,
  id: "CrdBeingDeleted",
  severity: "error",
  title: "The kind ProjectGitOps is being deleted",
  means:
    "Somebody has deleted the CustomResourceDefinition, and the API server deletes every ProjectGitOps with it. The operator then releases their finalizers and removes nothing: namespaces, Secrets and what Flux deploys go on as they are. Without a running operator the finalizers hold the objects, and the CRD.",
  shows:
    "`kubectl get crd projectgitops.projectgitops.dev -o yaml` has a `deletionTimestamp` and the condition Terminating.",
  fix: "A deletion cannot be taken back. Let it end (with the operator running, in seconds), install the CRD again, and apply the ProjectGitOps objects again: the operator takes over what is there, and nothing is created twice.",
  lookAlike:
    "One ProjectGitOps that is being deleted: then its environments are removed with it, in their order, and the CRD stays.",
  explains: BLINDS,
};

export const CRD_OTHER_VERSION: FindingKind = {
  ...AREA,
  id: "CrdOtherVersion",
  severity: "error",
  title: "The kind ProjectGitOps is installed in another version",
  means:
    "The CustomResourceDefinition does not serve the version that this program speaks, or does not know some of its fields. The API server then refuses such a field, or drops it, in a manifest as well as in the status that the operator writes.",
  shows:
    "`kubectl get crd projectgitops.projectgitops.dev -o jsonpath='{.spec.versions[*].name}'`, and `kubectl explain pgops.spec --recursive` for the fields.",
  fix: "`projectgitops install --export --only crd | kubectl apply --server-side --force-conflicts -f -`. The CRD is part of each version's manifests and is upgraded with them.",
  lookAlike:
    "`CrdDiffers`: it knows all fields of this program, and more, or has other rules for them. `CrdMissing`: it is not there at all.",
};

export const CRD_DIFFERS: FindingKind = {
  ...AREA,
  id: "CrdDiffers",
  severity: "warning",
  title: "The CRD is not the one of this program",
  means:
    "The CustomResourceDefinition knows everything that this program knows, and more, or has other rules: it is of a newer version, or was edited. What this program says of a ProjectGitOps may be incomplete.",
  shows: "`projectgitops install --export --only crd | kubectl diff --server-side -f -`.",
  fix: "Use the program of the version that is installed: the tag of the operator's image names it. Where the CRD was edited by hand, apply it again.",
  lookAlike: "`CrdOtherVersion`: fields of this program are missing in it, and get lost.",
};

export const INSTALLATION_CRD: readonly FindingKind[] = [
  CRD_MISSING,
  CRD_BEING_DELETED,
  CRD_OTHER_VERSION,
  CRD_DIFFERS,
];
