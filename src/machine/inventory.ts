import type { InventoryEntry } from "../api/schema.ts";
import { isManagedKind, MANAGED_KINDS, type ObjectId, objectKey } from "../plan/index.ts";

/** `namespace_name_group_kind`, as in Flux's own inventories. */
export const inventoryEntry = (id: ObjectId): InventoryEntry => ({
  id: `${id.namespace}_${id.name}_${MANAGED_KINDS[id.kind].group}_${id.kind}`,
  v: MANAGED_KINDS[id.kind].version,
});

/** @returns undefined for an entry that this version does not know: it is left to the version that does */
export function fromInventory({ id }: InventoryEntry): ObjectId | undefined {
  const [namespace, name, , kind] = id.split("_");
  if (namespace === undefined || !name || !kind || !isManagedKind(kind)) return undefined;
  return { kind, namespace, name };
}

export const inventoryOf = (ids: readonly ObjectId[]): InventoryEntry[] =>
  [...new Map(ids.map((id) => [objectKey(id), inventoryEntry(id)])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
