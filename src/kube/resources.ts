import type { CustomResourceDefinition } from "kubernetes-types/apiextensions/v1";
import type { Deployment, ReplicaSet, StatefulSet } from "kubernetes-types/apps/v1";
import type { SelfSubjectAccessReview } from "kubernetes-types/authorization/v1";
import type { Lease } from "kubernetes-types/coordination/v1";
import type {
  ConfigMap,
  Event as CoreEvent,
  Namespace,
  Node,
  Pod,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from "kubernetes-types/core/v1";
import type { Event } from "kubernetes-types/events/v1";
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "kubernetes-types/rbac/v1";
import type { KubeObject } from "./objects.ts";

/** Says where a kind is served, and types what its calls answer. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** API group; "" for the core group. */
  readonly group: string;
  readonly version: string;
  /** Lower-case plural name, as in the URL. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never present: carries the type parameter. */
  readonly objectType?: T;
}

/** Describes any kind, built in or custom: `defineResource<Widget>({group, version, plural, kind, namespaced})`. */
export function defineResource<T extends KubeObject = KubeObject>(resource: {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}): ResourceType<T> {
  return Object.freeze({ ...resource });
}

/** `v1`, or `group/version`. */
export function apiVersionOf(resource: ResourceType): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

const core = <T extends KubeObject>(plural: string, kind: string, namespaced = true): ResourceType<T> =>
  defineResource<T>({ group: "", version: "v1", plural, kind, namespaced });
const v1 = <T extends KubeObject>(group: string, plural: string, kind: string, namespaced = true) =>
  defineResource<T>({ group, version: "v1", plural, kind, namespaced });

const RBAC = "rbac.authorization.k8s.io";

export const NAMESPACES = core<Namespace>("namespaces", "Namespace", false);
export const NODES = core<Node>("nodes", "Node", false);
export const SECRETS = core<Secret>("secrets", "Secret");
export const CONFIG_MAPS = core<ConfigMap>("configmaps", "ConfigMap");
export const SERVICE_ACCOUNTS = core<ServiceAccount>("serviceaccounts", "ServiceAccount");
export const PODS = core<Pod>("pods", "Pod");
export const SERVICES = core<Service>("services", "Service");
export const RESOURCE_QUOTAS = core<ResourceQuota>("resourcequotas", "ResourceQuota");
export const CORE_EVENTS = core<CoreEvent>("events", "Event");
export const EVENTS = v1<Event>("events.k8s.io", "events", "Event");
export const DEPLOYMENTS = v1<Deployment>("apps", "deployments", "Deployment");
export const STATEFUL_SETS = v1<StatefulSet>("apps", "statefulsets", "StatefulSet");
export const REPLICA_SETS = v1<ReplicaSet>("apps", "replicasets", "ReplicaSet");
export const LEASES = v1<Lease>("coordination.k8s.io", "leases", "Lease");
export const ROLES = v1<Role>(RBAC, "roles", "Role");
export const ROLE_BINDINGS = v1<RoleBinding>(RBAC, "rolebindings", "RoleBinding");
export const CLUSTER_ROLES = v1<ClusterRole>(RBAC, "clusterroles", "ClusterRole", false);
export const CLUSTER_ROLE_BINDINGS = v1<ClusterRoleBinding>(
  RBAC,
  "clusterrolebindings",
  "ClusterRoleBinding",
  false,
);
export const CUSTOM_RESOURCE_DEFINITIONS = v1<CustomResourceDefinition>(
  "apiextensions.k8s.io",
  "customresourcedefinitions",
  "CustomResourceDefinition",
  false,
);
export const SELF_SUBJECT_ACCESS_REVIEWS = v1<SelfSubjectAccessReview>(
  "authorization.k8s.io",
  "selfsubjectaccessreviews",
  "SelfSubjectAccessReview",
  false,
);
