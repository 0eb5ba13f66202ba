import { defineResource, type KubeObject, type ResourceType } from "../../../src/kube/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";

/** One of Flux's kinds that deploy, as a stolen token would write it. */
export interface Delivery {
  readonly kind: string;
  readonly resource: ResourceType;
  /** The least that Flux's schema takes, from the project's own source. */
  readonly spec: (projectId: string) => Record<string, unknown>;
  /** The part that names a source of another namespace. */
  readonly elsewhere: (projectId: string) => Record<string, unknown>;
}

const source = (projectId: string, namespace?: string) => ({
  kind: "GitRepository",
  name: `${projectId}-repo`,
  ...(namespace ? { namespace } : {}),
});
const chart = (projectId: string, namespace?: string) => ({
  spec: { chart: "./chart", sourceRef: source(projectId, namespace) },
});

export const DELIVERIES: readonly Delivery[] = [
  {
    kind: "Kustomization",
    resource: resourceOf("Kustomization"),
    spec: (id) => ({ interval: "5m", prune: true, sourceRef: source(id) }),
    elsewhere: (id) => ({ sourceRef: source(id, "flux-system") }),
  },
  {
    kind: "HelmRelease",
    resource: resourceOf("HelmRelease"),
    spec: (id) => ({ interval: "5m", chart: chart(id) }),
    elsewhere: (id) => ({ chart: chart(id, "flux-system") }),
  },
];

/** As the API server judges it. */
interface Policy extends KubeObject {
  status?: {
    observedGeneration?: number;
    typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
  };
}

const admission = <T extends KubeObject = KubeObject>(plural: string, kind: string) =>
  defineResource<T>({
    group: "admissionregistration.k8s.io",
    version: "v1",
    namespaced: false,
    plural,
    kind,
  });
/** Those of deploy/confinement. */
export const POLICIES = [
  "namespaces",
  "objects",
  "secrets",
  "service-accounts",
  "role-bindings",
  "deliveries",
  "projects",
  "events",
].map((subject) => `projectgitops-${subject}`);
export const POLICY = admission<Policy>("validatingadmissionpolicies", "ValidatingAdmissionPolicy");
const BINDING = admission("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding");

/** The policies themselves: verb and resource that RBAC keeps from the operator. */
export const CLUSTER_ONLY: readonly [verb: "patch" | "delete", kind: string, resource: ResourceType][] = [
  ["patch", "policy", POLICY],
  ["delete", "policy", POLICY],
  ["patch", "binding", BINDING],
  ["delete", "binding", BINDING],
];
