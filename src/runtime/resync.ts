import { MANAGED_SELECTOR } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, isNotFound, type Table } from "../kube/index.ts";
import { KINDS, MANAGED_KINDS, type ManagedKind } from "../plan/index.ts";
import { asLive, type Row, resourceOf, type World } from "../reconcile/index.ts";

/**
 * One look at every managed object of the cluster, in one LIST a kind: finds drift, and Flux's health.
 * A kind that the cluster does not serve has no objects.
 * @returns keys of the projects that have to be looked at
 */
export async function resync(client: BunK8sClient, world: World, options: CallOptions): Promise<Set<string>> {
  const since = world.mark();
  const lists = await Promise.all(
    KINDS.map(async (kind) => [kind, await rows(client, kind, options)] as const),
  );
  const dirty = lists.map(([kind, found]) => world.replace(kind, found, since));
  return new Set(dirty.flatMap((keys) => [...keys]));
}

async function rows(client: BunK8sClient, kind: ManagedKind, options: CallOptions): Promise<Row[]> {
  try {
    return await list(client, kind, { ...options, labelSelector: MANAGED_SELECTOR });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function list(
  client: BunK8sClient,
  kind: ManagedKind,
  options: CallOptions & { labelSelector: string },
): Promise<Row[]> {
  const resource = resourceOf(kind);
  // Any cached state will do: what is newer is in our own memory, and the next resync comes.
  const cached = { ...options, resourceVersion: "0", resourceVersionMatch: "NotOlderThan" } as const;
  switch (MANAGED_KINDS[kind].resync) {
    case "full": {
      const { items } = await client.list(resource, cached);
      return items.map(asLive).map((full) => ({ metadata: full.metadata, full }));
    }
    case "metadata": {
      const { items } = await client.listMetadata(resource, cached);
      return items.map(asLive).map(({ metadata }) => ({ metadata }));
    }
    case "table":
      return tableRows(await client.listTable(resource, cached));
  }
}

/** Flux's printer columns Ready and Status tell its health without the objects. */
function tableRows({ columnDefinitions, rows: found }: Table): Row[] {
  const column = (name: string) => columnDefinitions.findIndex((definition) => definition.name === name);
  const [ready, status] = [column("Ready"), column("Status")];
  return found.flatMap(({ object, cells }) =>
    object === undefined
      ? []
      : [
          {
            metadata: asLive(object).metadata,
            cells: { ready: text(cells[ready]), message: text(cells[status]) },
          },
        ],
  );
}

const text = (cell: unknown): string => (typeof cell === "string" ? cell : "");
