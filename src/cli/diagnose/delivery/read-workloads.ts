import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from "kubernetes-types/apps/v1";
import type { Job } from "kubernetes-types/batch/v1";
import type { Pod } from "kubernetes-types/core/v1";
import {
  DEPLOYMENTS,
  defineResource,
  type KubeObject,
  PODS,
  REPLICA_SETS,
  type ResourceType,
  STATEFUL_SETS,
} from "../../../kube/index.ts";
import { type DeliveredId, deliveredBy } from "../../tree/delivered.ts";
import type { TreeHealth } from "../../tree/model.ts";
import { workloadHealth } from "../../tree/workload-health.ts";
import type { Look } from "../look.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";

const apps = <T extends KubeObject>(plural: string, kind: string): ResourceType<T> =>
  defineResource<T>({ group: "apps", version: "v1", plural, kind, namespaced: true });
export const JOBS = defineResource<Job>({
  group: "batch",
  version: "v1",
  plural: "jobs",
  kind: "Job",
  namespaced: true,
});

/** What runs pods, by group and kind. */
const KINDS = {
  "apps/Deployment": DEPLOYMENTS,
  "apps/StatefulSet": STATEFUL_SETS,
  "apps/DaemonSet": apps<DaemonSet>("daemonsets", "DaemonSet"),
  "batch/Job": JOBS,
} as const satisfies Record<string, ResourceType>;

export type WorkloadObject = Deployment | StatefulSet | DaemonSet | Job;

/** Something that Flux deployed and that is not as it should be, with the pods that it has. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: WorkloadObject;
  readonly health: TreeHealth | undefined;
  readonly pods: readonly Pod[];
}

/** Those of an environment that are not well. Lists, not single reads: a kind and namespace cost one request each. */
export async function readUnwell(look: Look, { delivery }: FluxEnvironment): Promise<Workload[]> {
  if (delivery.live === undefined) return [];
  const ids = deliveredBy(delivery.live as unknown as KubeObject).filter((id) => keyOf(id) in KINDS);
  const places = Map.groupBy(ids, (id) => `${keyOf(id)} ${id.namespace}`);
  const found = await Promise.all([...places.values()].map((group) => readOne(look, group)));
  return found.flat();
}

async function readOne(look: Look, ids: readonly DeliveredId[]): Promise<Workload[]> {
  const [{ kind, namespace }] = ids as [DeliveredId];
  const resource = KINDS[keyOf(ids[0] as DeliveredId) as keyof typeof KINDS] as ResourceType<WorkloadObject>;
  const names = new Set(ids.map(({ name }) => name));
  const objects = ((await look.list(resource, { namespace })) ?? []).filter(({ metadata }) =>
    names.has(metadata?.name ?? ""),
  );
  const unwell = objects
    .map((object) => ({ object, health: workloadHealth({ ...object, kind } as KubeObject) }))
    .filter(({ health }) => health?.ready !== "True");
  if (unwell.length === 0) return [];
  const [pods, sets] = await Promise.all([
    look.list(PODS, { namespace }),
    kind === "Deployment" ? look.list(REPLICA_SETS, { namespace }) : [],
  ]);
  return unwell.map(({ object, health }) => ({
    kind,
    namespace,
    name: object.metadata?.name ?? "",
    object,
    health,
    pods: podsOf(object, sets ?? [], pods ?? []),
  }));
}

const keyOf = ({ apiVersion, kind }: DeliveredId): string => `${apiVersion.split("/")[0]}/${kind}`;

/** Its own, and those of its ReplicaSets. */
function podsOf(workload: WorkloadObject, sets: readonly ReplicaSet[], pods: readonly Pod[]): Pod[] {
  const own = new Set([workload.metadata?.uid]);
  for (const set of sets) if (isOwnedBy(set, own)) own.add(set.metadata?.uid);
  return pods.filter((pod) => isOwnedBy(pod, own));
}

const isOwnedBy = ({ metadata }: KubeObject, uids: ReadonlySet<string | undefined>): boolean =>
  (metadata?.ownerReferences ?? []).some(({ uid }) => uids.has(uid));
