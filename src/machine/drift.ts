import { ANNOTATIONS, FIELD_MANAGER } from "../api/names.ts";
import { canonicalJson } from "../plan/hash.ts";
import { type Manifest, type ObjectId, objectKey } from "../plan/index.ts";
import type { LiveObject, ManagedFields } from "./observed.ts";

/** Written beside the manifest and carried forward, so never drift. */
const CARRIED = new Set([
  `metadata.annotations.${ANNOTATIONS.createdBy}`,
  `metadata.annotations.${ANNOTATIONS.requestedAt}`,
]);

/**
 * Filled in by the server at a POST, which makes them ours by the books: no drift while they have the
 * value that the server gives them. A `force: true` that is no longer wanted has to go.
 */
const SERVER_DEFAULTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  "metadata.labels.kubernetes.io/metadata.name": () => true,
  "spec.force": (value) => value === false,
  "spec.chart.spec.version": (value) => value === "*",
};

/**
 * Fields that are compared as a whole: a podSelector that somebody narrows, or an endPort beside a port, opens what the
 * policy closes, and a bound that is dropped would stay. The server adds nothing of its own to them.
 */
const WHOLE: Partial<Record<string, ReadonlySet<string>>> = {
  NetworkPolicy: new Set(["spec.podSelector", "spec.policyTypes", "spec.ingress", "spec.egress"]),
  LimitRange: new Set(["spec.limits"]),
};

/** Lists that others may add to: judged by the items that we want. */
const SHARED_LISTS = new Set(["imagePullSecrets"]);

/**
 * The fields in which a live object differs from what is wanted: those that are missing or other,
 * and those that we own and no longer want. What people add beside them is not drift.
 *
 * @returns paths such as `spec.ref.branch`, empty when nothing differs
 */
export function drift(manifest: Manifest, live: LiveObject): readonly string[] {
  const known = JUDGED.get(live);
  if (known?.manifest === manifest) return known.paths;
  const paths = compare(manifest, live);
  JUDGED.set(live, { manifest, paths });
  return paths;
}

/** A pass decides five times and more, each time on the same objects, none of which ever changes in place. */
const JUDGED = new WeakMap<LiveObject, { manifest: Manifest; paths: readonly string[] }>();

function compare(manifest: Manifest, live: LiveObject): readonly string[] {
  const { name: _name, namespace: _namespace, ...metadata } = manifest.metadata;
  const wanted: Record<string, unknown> = { ...manifest, metadata };
  delete wanted["apiVersion"];
  delete wanted["kind"];
  return [...differing(wanted, live, "", WHOLE[manifest.kind]), ...dropped(manifest, live)];
}

/** Fields that cannot be changed in place: the object is deleted and created again. */
export const isImmutableField = (manifest: Manifest, path: string): boolean =>
  (manifest.kind === "RoleBinding" && path.startsWith("roleRef")) ||
  (manifest.kind === "Secret" && path === "type");

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function differing(wanted: unknown, live: unknown, path: string, whole?: ReadonlySet<string>): string[] {
  if (whole?.has(path)) return canonicalJson(wanted) === canonicalJson(live) ? [] : [path];
  if (isRecord(wanted)) {
    if (!isRecord(live)) return Object.keys(wanted).length === 0 ? [] : [path];
    return Object.entries(wanted).flatMap(([key, value]) =>
      differing(value, live[key], path === "" ? key : `${path}.${key}`, whole),
    );
  }
  if (Array.isArray(wanted)) return listMatches(wanted, live, path) ? [] : [path];
  return wanted === live ? [] : [path];
}

function listMatches(wanted: unknown[], live: unknown, path: string): boolean {
  if (!Array.isArray(live)) return wanted.length === 0 && live === undefined;
  if (SHARED_LISTS.has(path)) return wanted.every((item) => live.some((other) => covers(item, other)));
  // The server may fill in defaults inside an item, so an item is judged by the fields it was given.
  return wanted.length === live.length && wanted.every((item, index) => covers(item, live[index]));
}

const covers = (wanted: unknown, live: unknown): boolean => differing(wanted, live, "").length === 0;

function dropped(manifest: Manifest, live: LiveObject): string[] {
  return (live.metadata.managedFields ?? [])
    .filter(isOurs)
    .flatMap((entry) => unwanted(entry.fieldsV1, manifest, live, ""))
    .filter((path, index, all) => all.indexOf(path) === index)
    .filter((path) => !CARRIED.has(path));
}

/** Who wrote a field last, by managedFields; empty when nobody but us did. */
export function writersOf(live: LiveObject, path: string): string[] {
  const others = (live.metadata.managedFields ?? []).filter((entry) => !isOurs(entry));
  const holders = others.filter((entry) => holds(entry.fieldsV1, live, path));
  return [...new Set(holders.map(({ manager }) => manager ?? "unknown"))];
}

/** A field of an object, as one key. */
export const contestedField = (id: ObjectId, path: string): string => `${objectKey(id)}#${path}`;

/** Keys may hold dots (labels, annotations), so the path is matched from the fields' side. */
function holds(fields: unknown, live: unknown, path: string): boolean {
  if (!isRecord(fields)) return false;
  return Object.entries(fields).some(([key, inner]) => {
    if (!key.startsWith("f:")) return false;
    const name = key.slice(2);
    if (path === name) return true;
    return path.startsWith(`${name}.`) && (isEmpty(inner) || holds(inner, live, path.slice(name.length + 1)));
  });
}

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0;

/** Our entries in metadata.managedFields, those of status excepted. */
export const isOurs = (entry: ManagedFields): boolean =>
  entry.manager === FIELD_MANAGER && entry.subresource === undefined;

/** Walks fieldsV1 (`f:` names a field; `k:` and `v:` list items, which are judged as a whole). */
function unwanted(fields: unknown, wanted: unknown, live: unknown, path: string): string[] {
  if (!isRecord(fields)) return [];
  return Object.entries(fields).flatMap(([key, inner]) => {
    if (!key.startsWith("f:")) return [];
    const name = key.slice(2);
    const here = path === "" ? name : `${path}.${name}`;
    // Someone else may have removed it since; then there is nothing left to drop.
    if (!isRecord(live) || !(name in live)) return [];
    if (!isRecord(wanted) || !(name in wanted)) return SERVER_DEFAULTS[here]?.(live[name]) ? [] : [here];
    if (SHARED_LISTS.has(here)) return hasUnwantedItem(inner, wanted[name], live[name]) ? [here] : [];
    return unwanted(inner, wanted[name], live[name], here);
  });
}

/** An item of a shared list that we put there, that is still there and is not wanted any more. */
function hasUnwantedItem(fields: unknown, wanted: unknown, live: unknown): boolean {
  if (!isRecord(fields) || !Array.isArray(wanted) || !Array.isArray(live)) return false;
  // A list that is owned as a whole (ServiceAccount's is atomic) stays ours only until somebody adds to it.
  if (isEmpty(fields)) return live.some((item) => !wanted.some((it) => covers(it, item)));
  return Object.keys(fields)
    .filter((key) => key.startsWith("k:"))
    .map((key): unknown => JSON.parse(key.slice(2)))
    .some((item) => live.some((it) => covers(item, it)) && !wanted.some((it) => covers(item, it)));
}
