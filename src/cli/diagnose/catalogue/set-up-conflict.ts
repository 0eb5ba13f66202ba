import type { FindingKind } from "../finding-kind.ts";

/** What is written cannot be carried out, or somebody else has what it needs. */

const LEADS_TO = ["RollingBack", "SetupFailed", "SetupSlow"];
/** What cannot be made where its Namespace is not ours. */
const MISSING = [
  "GitRepositoryMissing",
  "DeliveryMissing",
  "DeployerMissing",
  "DeployerNotBound",
  "CredentialCopyMissing",
];

export const INVALID_SPEC: FindingKind = {
  id: "InvalidSpec",
  area: "set-up",
  severity: "error",
  title: "The spec cannot be carried out as it is written",
  means:
    "A field holds what no version of the operator can use. Admission refuses that today, so the object is older than the CRD, or was restored past it. Nothing is made or changed until the field is mended; what runs goes on.",
  shows:
    "`kubectl get pgops NAME -n NAMESPACE -o yaml`: Ready is False with the reason `InvalidSpec`, and its message names each field.",
  fix: "`kubectl edit pgops NAME -n NAMESPACE`, at the field that is named. `projectgitops render -f FILE` checks a manifest without a cluster.",
  lookAlike:
    "`Invalid`: the spec is right by our rules, and the API server refuses an object that is made from it. `NamespaceMissing` has the same reason in status: there only a Namespace is not there.",
  explains: LEADS_TO,
};

export const NAMESPACE_MISSING: FindingKind = {
  id: "NamespaceMissing",
  area: "set-up",
  severity: "error",
  title: "An environment names a Namespace that is not there",
  means:
    "A Namespace under a name of your own choice (`environments[].namespace`) is never created, only taken over when an administrator has labelled it: otherwise a typing error would make one.",
  shows: "`kubectl get namespace NAME` says NotFound.",
  fix: "Create the Namespace and label it `projectgitops.dev/adopt: {projectId}`, or leave `environments[].namespace` out when the project is applied anew.",
  lookAlike: "`HeldByAnother`: the Namespace is there, without that label.",
  explains: [...LEADS_TO, ...MISSING],
};

export const NESTED_PROJECT: FindingKind = {
  id: "NestedProject",
  area: "set-up",
  severity: "error",
  title: "The project stands in a Namespace that is itself managed for a project",
  means:
    "Who deploys into that Namespace could make further namespaces and use the Secrets in it. So a ProjectGitOps inside a managed Namespace is refused.",
  shows:
    "`kubectl get namespace NAMESPACE -o yaml`: the annotation `projectgitops.dev/owner` names the project it is managed for.",
  fix: "Delete the object there, and apply it in a Namespace of the platform team that no project manages.",
  lookAlike:
    "A Namespace that only carries a label of ours, without the owner's annotation and `app.kubernetes.io/managed-by: projectgitops`, is managed for nobody.",
  explains: LEADS_TO,
};

export const DUPLICATE_PROJECT: FindingKind = {
  id: "DuplicateProject",
  area: "set-up",
  severity: "error",
  title: "Another ProjectGitOps has the same projectId, or wants the same namespaces",
  means:
    "A projectId has one owner in a cluster: the older object. The younger one makes nothing, and what it had begun is released. It goes on by itself when the other one is gone.",
  shows: "`kubectl get pgops -A` shows both with their project and age.",
  fix: "Delete one of the two. `projectId` cannot be changed: apply the younger one again under another.",
  lookAlike: "Two projects of one name in two namespaces are fine as long as their projectIds differ.",
  explains: LEADS_TO,
};

export const HELD_BY_ANOTHER: FindingKind = {
  id: "HeldByAnother",
  area: "set-up",
  severity: "error",
  title: "An object that the project needs belongs to someone else",
  means:
    "A Namespace, or an object in one of ours, exists under the name that the project needs, and was not made by it. It is never touched. Before the first COMPLETED the set-up ends FAILED and releases what it made; later the project is Stalled, and nothing is removed. It is looked at again each minute and goes on by itself.",
  shows:
    "`kubectl get KIND NAME -o yaml --show-managed-fields`: the annotation `projectgitops.dev/owner` names another project, or there is none, and managedFields tells who wrote it.",
  fix: "Hand it over (the label `projectgitops.dev/adopt: {projectId}`; `projectgitops adopt` shows first what is in a namespace), delete it, or choose another environment name, so that it is not needed.",
  lookAlike:
    "`DuplicateProject`: the holder is a ProjectGitOps with the same projectId. A Namespace that carries the adopt label for this project is taken over, and no finding.",
  explains: [...LEADS_TO, ...MISSING],
};

export const FIELD_CONFLICT: FindingKind = {
  id: "FieldConflict",
  area: "set-up",
  severity: "error",
  title: "A label or annotation of an adopted Namespace is held by someone else",
  means:
    "A Namespace that was taken over still belongs to those who write to it too, so nothing is forced there. The spec wants another value of a field than they do.",
  shows:
    "Ready has the reason `FieldConflict`, and its message names the field and its manager. `kubectl get namespace NAME -o yaml --show-managed-fields` shows who holds what.",
  fix: "Take the field out of `environments[].metadata`, write the same value there, or let the other one give it up.",
  lookAlike:
    "The same value on both sides is no conflict. `FieldContested`: an object that is wholly ours, and somebody changes it back again and again.",
  explains: LEADS_TO,
};
