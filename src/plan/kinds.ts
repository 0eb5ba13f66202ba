import type { SetupPhase } from "../api/schema.ts";

/** The kinds of object this operator makes. HelmRelease stands in a Kustomization's place. */
export type ManagedKind =
  | "Namespace"
  | "Secret"
  | "ResourceQuota"
  | "LimitRange"
  | "NetworkPolicy"
  | "ServiceAccount"
  | "RoleBinding"
  | "GitRepository"
  | "Kustomization"
  | "HelmRelease";

export interface KindFacts {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** The stage that makes it. Stages are barriers over all environments. */
  readonly phase: SetupPhase;
  /** Order inside one environment's stage: a wave starts when the one before it is done. */
  readonly wave: number;
  /** Order of removal over the whole project: 0 goes first, and the next waits until it is gone. */
  readonly removal: number;
  /** How the resync looks at it: names and versions, Flux's Ready column too, or everything. */
  readonly resync: "metadata" | "table" | "full";
}

/**
 * What is known of each managed kind, in one table: stage, order, reverse order.
 * A Kustomization's ServiceAccount and RoleBinding outlive it: Flux prunes with them. Quota, limits and isolation
 * stand before anything can be deployed, and as long as anything is.
 */
export const MANAGED_KINDS = {
  Namespace: {
    group: "",
    version: "v1",
    plural: "namespaces",
    namespaced: false,
    phase: "CREATING_NAMESPACES",
    wave: 0,
    removal: 6,
    resync: "metadata",
  },
  Secret: {
    group: "",
    version: "v1",
    plural: "secrets",
    namespaced: true,
    phase: "CREATING_SECRETS",
    wave: 0,
    removal: 2,
    resync: "metadata",
  },
  ResourceQuota: {
    group: "",
    version: "v1",
    plural: "resourcequotas",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 0,
    removal: 5,
    resync: "full",
  },
  LimitRange: {
    group: "",
    version: "v1",
    plural: "limitranges",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 0,
    removal: 5,
    resync: "metadata",
  },
  NetworkPolicy: {
    group: "networking.k8s.io",
    version: "v1",
    plural: "networkpolicies",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 0,
    removal: 5,
    resync: "metadata",
  },
  ServiceAccount: {
    group: "",
    version: "v1",
    plural: "serviceaccounts",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 1,
    removal: 4,
    resync: "metadata",
  },
  RoleBinding: {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "rolebindings",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 1,
    removal: 3,
    resync: "full",
  },
  GitRepository: {
    group: "source.toolkit.fluxcd.io",
    version: "v1",
    plural: "gitrepositories",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 2,
    removal: 1,
    resync: "table",
  },
  Kustomization: {
    group: "kustomize.toolkit.fluxcd.io",
    version: "v1",
    plural: "kustomizations",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 3,
    removal: 0,
    resync: "table",
  },
  HelmRelease: {
    group: "helm.toolkit.fluxcd.io",
    version: "v2",
    plural: "helmreleases",
    namespaced: true,
    phase: "CREATING_RESOURCES",
    wave: 3,
    removal: 0,
    resync: "table",
  },
} as const satisfies Record<ManagedKind, KindFacts>;

export const KINDS = Object.keys(MANAGED_KINDS) as ManagedKind[];

export const isManagedKind = (kind: string): kind is ManagedKind => kind in MANAGED_KINDS;

/** Kinds that are Flux's: their health, not only their existence, decides Ready. */
export const isDelivery = (kind: ManagedKind): boolean => kind === "Kustomization" || kind === "HelmRelease";
export const isFlux = (kind: ManagedKind): boolean => kind === "GitRepository" || isDelivery(kind);

export const apiVersionOf = (kind: ManagedKind): string => {
  const { group, version } = MANAGED_KINDS[kind];
  return group === "" ? version : `${group}/${version}`;
};
