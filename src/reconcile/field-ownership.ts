import { FIELD_MANAGER } from "../api/names.ts";
import { isOurs, type LiveObject } from "../machine/index.ts";

/**
 * A JSON patch that turns our `Update` entry of managedFields into `Apply`, joined with an Apply
 * entry that is there already. It replaces resourceVersion with the value that was read, so that a
 * race is a clean 409. Source: kubernetes client-go, csaupgrade; DESIGN rule 2.
 */
export function takeOverFields(live: LiveObject): object[] {
  const entries = live.metadata.managedFields ?? [];
  const ours = entries.filter(isOurs);
  const [first] = ours;
  const joined = {
    ...first,
    manager: FIELD_MANAGER,
    operation: "Apply",
    fieldsV1: ours.reduce<unknown>((all, entry) => union(all, entry.fieldsV1), {}),
  };
  return [
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: [...entries.filter((entry) => !isOurs(entry)), joined],
    },
    { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
  ];
}

function union(a: unknown, b: unknown): unknown {
  if (!isRecord(a) || !isRecord(b)) return b ?? a;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, key in a ? union(a[key], b[key]) : b[key]]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
