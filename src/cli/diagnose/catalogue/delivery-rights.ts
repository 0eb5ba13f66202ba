import type { FindingKind } from "../finding-kind.ts";

export const DEPLOYER_MISSING: FindingKind = {
  id: "DeployerMissing",
  area: "delivery",
  severity: "error",
  title: "The ServiceAccount that Flux deploys with is missing",
  means:
    "Flux impersonates the ServiceAccount by name, and that works without the object as long as its RoleBinding is there: nothing looks wrong. Pruning does look for the object and silently does nothing, so what leaves the repository, or goes with the environment, stays in the cluster.",
  shows: "`kubectl get serviceaccount PROJECT-deployer -n NAMESPACE`: not found.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE`; `resume` where the project is suspended.",
  lookAlike: "DeployerNotBound: there the ServiceAccount stands, and has no rights.",
};

export const DEPLOYER_NOT_BOUND: FindingKind = {
  id: "DeployerNotBound",
  area: "delivery",
  severity: "error",
  title: "The deployer has no rights: its RoleBinding is missing, or names somebody else",
  means:
    "Without it Flux may do nothing in the namespace: neither deploy nor prune, and an environment that is deleted hangs on Flux's finalizer.",
  shows: "`kubectl get rolebinding PROJECT-deployer -n NAMESPACE -o wide`.",
  fix: "`projectgitops reconcile NAME -n NAMESPACE`; `resume` where the project is suspended.",
  lookAlike:
    "DeployerForbidden: the RoleBinding stands, and its role lacks one rule. DeployerRoleMissing: the RoleBinding stands, and its role does not exist.",
  explains: ["DeployerForbidden", "HelmReleaseFailed", "DeliveryFailing"],
};

export const DEPLOYER_ROLE_MISSING: FindingKind = {
  id: "DeployerRoleMissing",
  area: "delivery",
  severity: "error",
  title: "The role that the deployers are bound to does not exist",
  means:
    "The operator binds each deployer to the ClusterRole of its flag `--deployer-cluster-role` (default `admin`), and does not make one. The API server takes a RoleBinding to a role that is not there; it gives no rights.",
  shows: "`kubectl get clusterrole NAME`: not found.",
  fix: "Make the ClusterRole; the operator has to be allowed to bind it (`deploy/cluster-role.yaml`, verb `bind`). Or start the operator with another one.",
  lookAlike: "DeployerForbidden: the role exists and lacks one rule.",
  explains: ["DeployerForbidden", "HelmReleaseFailed", "DeliveryFailing"],
};

export const CLUSTER_SCOPED_OBJECT: FindingKind = {
  id: "ClusterScopedObject",
  area: "delivery",
  severity: "error",
  title: "The repository holds an object that belongs to the whole cluster",
  means:
    "The deployer's rights end at its namespace, on purpose: one project must not change the cluster for all. A ClusterRole, a CustomResourceDefinition or a Namespace in the repository stops the whole deployment.",
  shows: "The Kustomization says: `… dry-run failed (Forbidden): … at the cluster scope`.",
  fix: "Take the object out of the repository and let an administrator apply it, or keep it in a repository of the platform team. For a Namespace: the operator makes it; labels and annotations belong into `spec.environments[].metadata`.",
  lookAlike:
    "DeployerForbidden: an object of the namespace, for which a Role can be added. With `targetNamespace` Flux renames a Namespace in the repository to the environment's, so that the refusal speaks of a namespace and yet means the cluster scope.",
};

export const OTHER_NAMESPACE: FindingKind = {
  id: "OtherNamespace",
  area: "delivery",
  severity: "error",
  title: "A manifest is for a namespace that is not the environment's",
  means:
    "With `targetNamespace: false` Flux leaves the namespaces in the manifests alone, and the deployer has rights in its own namespace only.",
  shows: 'The Kustomization says: `… is forbidden: … in the namespace "OTHER"`.',
  fix: "Take the namespace out of the manifest, or set `targetNamespace: true`, which puts everything into the environment's namespace.",
  lookAlike: "DeployerForbidden: the same words, for the environment's own namespace.",
};

export const ROLE_GRANTS_TOO_MUCH: FindingKind = {
  id: "RoleGrantsTooMuch",
  area: "delivery",
  severity: "error",
  title: "A Role or RoleBinding in the repository gives more than the deployer has",
  means:
    "Kubernetes lets nobody hand out rights that he does not hold. The deployer has those of its role, in its namespace.",
  shows:
    "The Kustomization says: `… is attempting to grant RBAC permissions not currently held`, with the list of them.",
  fix: "Take the rights out of the Role, or bind a weaker one; or let an administrator apply it instead of the repository.",
  lookAlike: "DeployerForbidden: there the deployer may not write objects of that kind at all.",
};

export const DEPLOYER_FORBIDDEN: FindingKind = {
  id: "DeployerForbidden",
  area: "delivery",
  severity: "error",
  title: "The deployer's role lacks a rule that the repository needs",
  means:
    "The repository holds an object of a kind that the deployer may not write in its own namespace, such as a ResourceQuota or a custom resource that the role `admin` does not cover. Flux applies all or nothing, so nothing of the revision is deployed.",
  shows: 'The Kustomization says: `… dry-run failed (Forbidden): … User "…" cannot patch resource …`.',
  fix: 'Add the rule in the namespace (the fix is the Role and RoleBinding), or for all projects: a ClusterRole with the label `rbac.authorization.k8s.io/aggregate-to-admin: "true"` joins the built-in `admin`. Or take the object out of the repository.',
  lookAlike:
    "DeployerNotBound and DeployerRoleMissing: the same message, for every object, because there is no role at all. ClusterScopedObject: no Role of a namespace can help. `Forbidden` as the project's reason: the operator lacks a right, not the deployer.",
};

export const DELIVERY_RIGHTS: readonly FindingKind[] = [
  DEPLOYER_MISSING,
  DEPLOYER_NOT_BOUND,
  DEPLOYER_ROLE_MISSING,
  CLUSTER_SCOPED_OBJECT,
  OTHER_NAMESPACE,
  ROLE_GRANTS_TOO_MUCH,
  DEPLOYER_FORBIDDEN,
];
