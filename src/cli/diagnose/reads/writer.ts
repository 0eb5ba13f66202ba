import type { LiveObject } from "../../../machine/index.ts";
import { age } from "../../age.ts";

/** Who wrote a field last, by metadata.managedFields. */
export interface Writer {
  readonly manager: string;
  /** RFC 3339, where the API server has recorded it. */
  readonly time?: string;
}

/**
 * @param path keys of fieldsV1, such as `["f:spec", "f:suspend"]`; a list item's is `k:{"name":"x"}`
 * @returns undefined where no entry names the field
 */
export function writerOf(
  { metadata }: Pick<LiveObject, "metadata">,
  path: readonly string[],
): Writer | undefined {
  const holders = (metadata.managedFields ?? []).filter(({ fieldsV1 }) => holds(fieldsV1, path));
  const [last] = holders.toSorted((a, b) => (b.time ?? "").localeCompare(a.time ?? ""));
  return last && { manager: last.manager ?? "unknown", ...(last.time ? { time: last.time } : {}) };
}

/** `"flux", 3h ago`: for evidence. */
export function byWhom(writer: Writer | undefined, now: number): string {
  if (writer === undefined) return "nobody knows whom";
  return `"${writer.manager}"${writer.time === undefined ? "" : `, ${age(writer.time, now)} ago`}`;
}

function holds(fields: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  if (typeof fields !== "object" || fields === null || !(key in fields)) return false;
  const inner = (fields as Record<string, unknown>)[key];
  // Owned as a whole: then each field inside is too.
  if (rest.length > 0 && typeof inner === "object" && inner !== null && Object.keys(inner).length === 0)
    return true;
  return holds(inner, rest);
}
