import { MANAGED_SELECTOR } from "../api/names.ts";
import {
  type BunK8sClient,
  type CallOptions,
  isNotFound,
  type ListOptions,
  NAMESPACES,
  type Table,
} from "../kube/index.ts";
import { KINDS, MANAGED_KINDS, type ManagedKind } from "../plan/index.ts";
import { asLive, type HoldingNamespaces, type Row, resourceOf, type World } from "../reconcile/index.ts";

export interface Resynced {
  /** Keys of the projects that have to be looked at. */
  readonly dirty: ReadonlySet<string>;
  /** Namespaces that allow their projects other things than before. */
  readonly limits: ReadonlySet<string>;
}

/**
 * One look at every managed object of the cluster, in one LIST a kind: finds drift, and Flux's health. One more shows
 * all Namespaces, for what those that hold projects allow. A kind that the cluster does not serve has no objects.
 */
export async function resync(
  client: BunK8sClient,
  world: World,
  holding: HoldingNamespaces,
  options: CallOptions,
): Promise<Resynced> {
  const since = world.mark();
  const [namespaces, ...lists] = await Promise.all([
    client.listMetadata(NAMESPACES, { ...options, ...CACHED }),
    ...KINDS.map(async (kind) => [kind, await rows(client, kind, options)] as const),
  ]);
  const dirty = lists.map(([kind, found]) => world.replace(kind, found, since));
  return { dirty: new Set(dirty.flatMap((keys) => [...keys])), limits: holding.replace(namespaces.items) };
}

/** Any cached state will do: what is newer is in our own memory, and the next resync comes. */
const CACHED = { resourceVersion: "0", resourceVersionMatch: "NotOlderThan" } as const;

async function rows(client: BunK8sClient, kind: ManagedKind, options: CallOptions): Promise<Row[]> {
  try {
    return await list(client, kind, { ...options, ...CACHED, labelSelector: MANAGED_SELECTOR });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function list(client: BunK8sClient, kind: ManagedKind, cached: ListOptions): Promise<Row[]> {
  const resource = resourceOf(kind);
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
