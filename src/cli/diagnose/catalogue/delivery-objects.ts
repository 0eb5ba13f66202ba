import type { FindingKind } from "../finding-kind.ts";

export const UNKNOWN_KIND: FindingKind = {
  id: "UnknownKind",
  area: "delivery",
  severity: "error",
  title: "The repository holds an object of a kind that the cluster does not know",
  means:
    "Its CRD is not installed, or serves another version. Flux stops there, and nothing of the revision is deployed.",
  shows: 'The Kustomization says: `no matches for kind "KIND" in version "GROUP/VERSION"`.',
  fix: "Let an administrator install the CRD, mostly with the product that it belongs to; where the cluster serves another version, write that one into the manifest.",
  lookAlike:
    "ClusterScopedObject: the CRD itself stands in the repository, and the deployer may not install it. DeployerForbidden: the kind is known, and the deployer may not write it.",
};

export const OBJECT_INVALID: FindingKind = {
  id: "ObjectInvalid",
  area: "delivery",
  severity: "error",
  title: "The API server does not take a manifest as it is",
  means: "A field has a value or a type that its kind does not allow. Nothing of the revision is deployed.",
  shows: "The Kustomization says: `… dry-run failed (Invalid): …`, or `failed to create typed patch object`.",
  fix: "Mend the field that is named and push. `kubectl apply --dry-run=server -n NAMESPACE -f FILE` in a clone gives the same answer.",
  lookAlike:
    "FieldImmutable: the manifest is valid, and only cannot replace what is there. `Invalid` as the project's reason: an object of the operator itself, not of the repository.",
};

export const FIELD_IMMUTABLE: FindingKind = {
  id: "FieldImmutable",
  area: "delivery",
  severity: "error",
  title: "An object cannot be changed in place",
  means:
    "A field that is fixed once the object exists has changed in the repository: a Job's template, a Deployment's selector, a claim's storage class.",
  shows: "The Kustomization says: `… field is immutable`.",
  fix: "Delete the object, and Flux makes it anew; or set `force: true` for the environment, and Flux does so each time. What it holds is lost, so think of data first. A Job can have a new name instead.",
  lookAlike: "ObjectInvalid: a new object would be refused as well.",
};

export const OBJECT_REFUSED: FindingKind = {
  id: "ObjectRefused",
  area: "delivery",
  severity: "error",
  title: "A policy of the cluster refuses an object of the repository",
  means:
    "A quota, a webhook, an admission policy or Pod Security says no to what the deployer may do by its role.",
  shows: "The Kustomization says: `… denied the request`, `exceeded quota`, or `violates PodSecurity`.",
  fix: "Change the manifest so that it fits, or ask whoever keeps the policy. The message names it.",
  lookAlike:
    "DeployerForbidden: RBAC says no, and a Role mends it. PodsRefused: the workload was taken, and its pods are refused.",
};

export const FIELD_CONTESTED: FindingKind = {
  id: "FieldContested",
  area: "delivery",
  severity: "error",
  title: "Somebody fights with the operator over a field",
  means:
    "The operator has put the same field right three times in ten minutes, and somebody changed it back each time. It leaves the field alone for ten minutes.",
  shows:
    "The project's Ready has the reason FieldContested; `kubectl get … --show-managed-fields` names who wrote last.",
  fix: "Stop the other writer: often a second GitOps tool that holds the same object. Or put its value into the project's spec, where there is a field for it.",
  lookAlike: "A change by hand is put right once and told in the event DriftRepaired: that is no fight.",
  explains: ["FieldShared"],
};

export const FIELD_SHARED: FindingKind = {
  id: "FieldShared",
  area: "delivery",
  severity: "warning",
  title: "Another tool writes one of the project's Flux objects too",
  means:
    "Two field managers own the same fields with the same values. Nothing is wrong until the project's spec changes: then each writes its own value over the other's.",
  shows: "`kubectl get kustomization NAME -n NAMESPACE -o yaml --show-managed-fields`.",
  fix: "Take the object out of what the other tool applies: the ProjectGitOps makes it.",
  lookAlike:
    "`flux suspend` owns spec.suspend alone: the operator leaves that field to people. Who wrote an object before it was adopted (operation Update) does not go on writing it.",
};

export const DELIVERY_OBJECTS: readonly FindingKind[] = [
  FIELD_CONTESTED,
  UNKNOWN_KIND,
  OBJECT_INVALID,
  FIELD_IMMUTABLE,
  OBJECT_REFUSED,
  FIELD_SHARED,
];
