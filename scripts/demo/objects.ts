import { LABELS } from "../../src/api/names.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { type BunK8sClient, isNotFound, type KubeObject } from "../../src/kube/index.ts";
import { type ObjectId, plannedIds } from "../../src/plan/index.ts";
import { refOf, resourceOf } from "../../src/reconcile/index.ts";

export type PlannedId = ReturnType<typeof plannedIds>[number];

/** One object that a project should have, as it was read; undefined: it is not there. */
export interface ReadObject {
  id: PlannedId;
  object: KubeObject | undefined;
}

/** Reads every object that the project's spec asks for, one by one. */
export const readObjects = (client: BunK8sClient, { spec }: ProjectGitOps): Promise<ReadObject[]> =>
  Promise.all(
    plannedIds(spec).map(async (id) => {
      const reading = client.get(resourceOf(id.kind), refOf(id));
      const object = await reading.catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      return { id, object };
    }),
  );

/** The uid of every managed object of a project that is there now, by kind, namespace and name. */
export async function liveObjects(
  client: BunK8sClient,
  { spec }: ProjectGitOps,
): Promise<Map<string, string>> {
  const labelSelector = `${LABELS.project}=${spec.projectId}`;
  // Only what the spec asks for: HelmRelease, say, need not be served.
  const kinds = [...new Set(plannedIds(spec).map(({ kind }) => kind))];
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { items } = await client.listMetadata(resourceOf(kind), { labelSelector });
      return items.map(({ metadata }) => {
        const id: ObjectId = { kind, namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" };
        return [keyOf(id), metadata?.uid ?? ""] as const;
      });
    }),
  );
  return new Map(lists.flat());
}

/** As people name an object: `Secret project-shop-staging/shop-git-auth`. */
export const keyOf = ({ kind, namespace, name }: ObjectId): string =>
  `${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`;
