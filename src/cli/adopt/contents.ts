import type { Namespace } from "kubernetes-types/core/v1";
import {
  type BunK8sClient,
  CONFIG_MAPS,
  DEPLOYMENTS,
  defineResource,
  type KubeObject,
  type PartialObjectMetadata,
  type ResourceType,
  SERVICES,
  STATEFUL_SETS,
} from "../../kube/index.ts";
import type { ManagedKind } from "../../plan/index.ts";
import { PROJECTS, resourceOf } from "../../reconcile/resources.ts";
import { allowed, orNone } from "../answers.ts";

/** What stands in a namespace, by metadata alone: no Secret's data is read. */
export interface Contents {
  namespace: Namespace;
  /** Of the kinds that this operator makes. */
  managed: { kind: ManagedKind; objects: PartialObjectMetadata[] }[];
  /** Numbers of other objects, and of those above: `2 Deployments`. */
  counts: { kind: string; count: number }[];
  /** ProjectGitOps objects that stand in it. */
  projects: PartialObjectMetadata[];
  /** Kinds that this person may not list. */
  closed: string[];
}

/** @throws K8sApiError, 404 where the namespace is not there */
export async function contentsOf(client: BunK8sClient, name: string): Promise<Contents> {
  const list = (resource: ResourceType) => allowed(orNone(listIn(client, resource, name)));
  const [namespace, managed, others, projects] = await Promise.all([
    client.getNamespace(name),
    Promise.all(KINDS_INSIDE.map(async (kind) => ({ kind, objects: await list(resourceOf(kind)) }))),
    workloadsIn(client, name),
    list(PROJECTS as ResourceType),
  ]);
  const all = [...others, ...managed];
  return {
    namespace,
    managed: managed.map(({ kind, objects }) => ({ kind, objects: (objects ?? []).filter(madeByPeople) })),
    counts: all.flatMap(({ kind, objects }) => {
      const count = (objects ?? []).filter(madeByPeople).length;
      return count === 0 ? [] : [{ kind, count }];
    }),
    projects: projects ?? [],
    closed: all.filter(({ objects }) => objects === undefined).map(({ kind }) => kind),
  };
}

/** What runs there and what it needs, by kind; undefined of a kind that this person may not list. */
export const workloadsIn = (
  client: BunK8sClient,
  namespace: string,
): Promise<{ kind: string; objects: PartialObjectMetadata[] | undefined }[]> =>
  Promise.all(
    WORKLOADS.map(async (resource) => ({
      kind: resource.kind,
      objects: await allowed(orNone(listIn(client, resource, namespace))),
    })),
  );

/** All managed kinds but the Namespace itself. */
const KINDS_INSIDE = [
  "Secret",
  "ResourceQuota",
  "LimitRange",
  "NetworkPolicy",
  "ServiceAccount",
  "RoleBinding",
  "GitRepository",
  "Kustomization",
  "HelmRelease",
] as const satisfies readonly ManagedKind[];

const WORKLOADS: readonly ResourceType<KubeObject>[] = [
  DEPLOYMENTS,
  STATEFUL_SETS,
  defineResource({ group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true }),
  SERVICES,
  CONFIG_MAPS,
  defineResource({
    group: "",
    version: "v1",
    plural: "persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
    namespaced: true,
  }),
];

async function listIn(
  client: BunK8sClient,
  resource: ResourceType,
  namespace: string,
): Promise<PartialObjectMetadata[]> {
  return (await client.listMetadata(resource, { namespace })).items;
}

/** Every namespace has these two, made by Kubernetes. */
export const madeByPeople = ({ metadata }: PartialObjectMetadata): boolean =>
  metadata?.name !== "kube-root-ca.crt" && metadata?.name !== "default";
