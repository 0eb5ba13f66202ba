/** Where `kubectl apply` keeps what it applied last. */
export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

type Json = Record<string, unknown>;

/**
 * The merge patch that `kubectl apply` sends for a custom resource: what the new manifest says differently, and null
 * for what the last one said and the new one leaves out. Lists count as a whole. Pure.
 * Source: apimachinery, jsonmergepatch.CreateThreeWayJSONMergePatch.
 * @param last the manifest applied last; undefined where none is recorded: then nothing is removed
 */
export function threeWayPatch(last: Json | undefined, wanted: Json, live: Json): Json {
  const patch: Json = {};
  for (const [key, value] of Object.entries(wanted)) {
    const [before, now] = [last?.[key], live[key]];
    if (isRecord(value) && isRecord(now)) {
      const inner = threeWayPatch(isRecord(before) ? before : undefined, value, now);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!same(value, now)) patch[key] = value;
  }
  for (const key of Object.keys(last ?? {})) if (!(key in wanted) && key in live) patch[key] = null;
  return patch;
}

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const same = (a: unknown, b: unknown): boolean => Bun.deepEquals(a, b);
