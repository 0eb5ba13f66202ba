import type { FindingKind } from "../finding-kind.ts";

/** The API server, or somebody in front of it, refuses a write of the operator. */

/** What a refusal leads to: the set-up does not get on, and what was there once is not made again. */
const LEADS_TO = [
  ...["RollingBack", "SetupFailed", "SetupSlow"],
  ...[
    "GitRepositoryMissing",
    "DeliveryMissing",
    "DeployerMissing",
    "DeployerNotBound",
    "CredentialCopyMissing",
  ],
];

export const QUOTA_EXCEEDED: FindingKind = {
  id: "QuotaExceeded",
  area: "set-up",
  severity: "error",
  title: "A ResourceQuota leaves no room for an object of the project",
  means:
    "The API server refuses to create it. The operator tries again with back-off; a first set-up is rolled back after `setup.timeout`.",
  shows: "`kubectl describe resourcequota -n NAMESPACE`: used stands at hard.",
  fix: "Raise the quota, or remove what is not needed in the namespace. Then `projectgitops reconcile NAME`.",
  lookAlike: "A quota that is used up while everything is in place does no harm and is no finding.",
  explains: LEADS_TO,
};

export const POLICY_DENIES: FindingKind = {
  id: "PolicyDenies",
  area: "set-up",
  severity: "error",
  title: "A ValidatingAdmissionPolicy refuses an object of the project",
  means:
    "Somebody has made a rule for this cluster, and what the project needs breaks it. The operator tries again with back-off; a first set-up is rolled back after `setup.timeout`.",
  shows:
    "Ready has the reason `Forbidden` (or `Invalid`, as the policy wishes), and its message names policy and binding in the API server's words. `kubectl get validatingadmissionpolicy NAME -o yaml` shows the rule.",
  fix: "Where the rule asks for labels or annotations on the Namespace, set `environments[].metadata`. Else let the binding leave these namespaces out. Then `projectgitops reconcile NAME`.",
  lookAlike:
    "`Forbidden`: no policy, the operator itself lacks a right. `WebhookDenies`: a program decides, and not a rule in the API server.",
  explains: LEADS_TO,
};

export const WEBHOOK_DENIES: FindingKind = {
  id: "WebhookDenies",
  area: "set-up",
  severity: "error",
  title: "An admission webhook refuses an object of the project",
  means:
    "A program that looks at every write, such as Gatekeeper, Kyverno or a mesh, says no. The operator tries again with back-off; a first set-up is rolled back after `setup.timeout`.",
  shows:
    "Ready's message names the webhook in the API server's words. `kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations` lists where it is registered.",
  fix: "Change the rule behind it, or leave these namespaces out. Then `projectgitops reconcile NAME`.",
  lookAlike: "`WebhookNotAnswering`: nobody decides, for the webhook's program is not there.",
  explains: LEADS_TO,
};

export const WEBHOOK_NOT_ANSWERING: FindingKind = {
  id: "WebhookNotAnswering",
  area: "set-up",
  severity: "error",
  title: "An admission webhook that must be asked has nobody behind it",
  means:
    "Its failurePolicy is Fail and its Service has no endpoint that is ready, so the API server answers every write that it matches with an error. Nothing is concluded from such answers: the operator tries again and again, and the status says little.",
  shows:
    "`kubectl get endpointslices -n NAMESPACE` of its Service shows no ready address. The operator's log has `failed calling webhook`: `projectgitops logs NAME`.",
  fix: "Bring the webhook's program up again. If it was uninstalled, delete the configuration that it left behind.",
  lookAlike:
    "With failurePolicy Ignore the API server goes on without it: no finding. `WebhookDenies`: it answers, and says no.",
  explains: [...LEADS_TO, "ProjectUnanswered"],
};

export const FORBIDDEN: FindingKind = {
  id: "Forbidden",
  area: "set-up",
  severity: "error",
  title: "The operator lacks a right that this project needs",
  means:
    "The operator's ServiceAccount may not do what is named, so this part of the project stands still. The operator tries again with back-off; a first set-up is rolled back after `setup.timeout`.",
  shows:
    "Ready has the reason `Forbidden`, and its message says which user cannot do what. `kubectl auth can-i VERB RESOURCE --as=system:serviceaccount:projectgitops-system:projectgitops`.",
  fix: "Install the ClusterRole of this version again (`projectgitops install --export`), or grant the one right. With `--deployer-cluster-role` the operator needs `bind` for that role.",
  lookAlike:
    "`PolicyDenies` and `WebhookDenies` are answered with 403 too: there no right is missing. `NotPermitted`: you may not look, the operator may.",
  explains: LEADS_TO,
};

export const INVALID: FindingKind = {
  id: "Invalid",
  area: "set-up",
  severity: "error",
  title: "The API server finds an object of the project invalid",
  means:
    "The spec is right by our rules, but an object that is made from it is not by the API server's, or by Flux's CRDs: a label that Pod Security does not know, a field that an older Flux has not. Trying again does not help; a first set-up is rolled back after `setup.timeout`.",
  shows: "Ready has the reason `Invalid`, and its message names the field in the API server's words.",
  fix: "Change the field of the spec that it comes from, or bring Flux's CRDs up to date.",
  lookAlike:
    "`PolicyDenies` and `WebhookDenies` may choose the same code (422, 400) for their no. `InvalidSpec`: the operator itself refuses the spec.",
  explains: LEADS_TO,
};

export const SET_UP_REFUSED: readonly FindingKind[] = [
  WEBHOOK_NOT_ANSWERING,
  FORBIDDEN,
  POLICY_DENIES,
  WEBHOOK_DENIES,
  QUOTA_EXCEEDED,
  INVALID,
];
