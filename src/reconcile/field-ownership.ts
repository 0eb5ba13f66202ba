import { FIELD_MANAGER, GROUP, LABELS } from "../api/names.ts";
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

/**
 * A JSON patch that takes off everything that makes an object ours. Its other fields stay as they are,
 * owned by nobody, so that whoever takes it over next meets no conflict.
 */
export function letGo({ metadata }: LiveObject): object[] {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata;
  return [
    { op: "add", path: "/metadata/labels", value: without(labels, (key) => OUR_LABELS.has(key)) },
    {
      op: "add",
      path: "/metadata/annotations",
      value: without(annotations, (key) => key.startsWith(`${GROUP}/`)),
    },
    // An empty list would make the API server forget all owners.
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: keepOne(managedFields.filter((entry) => !isOurs(entry))),
    },
    { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
  ];
}

const OUR_LABELS: ReadonlySet<string> = new Set([...Object.values(LABELS)]);

const without = (
  map: Readonly<Record<string, string>>,
  drop: (key: string) => boolean,
): Record<string, string> => Object.fromEntries(Object.entries(map).filter(([key]) => !drop(key)));

/** [{}] resets the field owners; the API server takes a list without entries for "leave as it is". */
const keepOne = (entries: readonly object[]): readonly object[] => (entries.length > 0 ? entries : [{}]);

function union(a: unknown, b: unknown): unknown {
  if (!isRecord(a) || !isRecord(b)) return b ?? a;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, key in a ? union(a[key], b[key]) : b[key]]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);
