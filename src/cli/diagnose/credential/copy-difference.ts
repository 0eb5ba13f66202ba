import { FIELD_MANAGER } from "../../../api/names.ts";
import { asLive } from "../../../reconcile/resources.ts";
import type { CopyRead } from "../reads/copies.ts";
import { type Writer, writerOf } from "../reads/writer.ts";

/** How a copy differs from what the project's own Secret gives; told by names of keys, never by values. */
export interface Difference {
  /** Keys that somebody else than the operator changed or removed. */
  readonly edited: readonly string[];
  /** Who wrote them last, where the API server knows it: of a key that was removed it does not. */
  readonly writer: Writer | undefined;
  /** Keys that are as the operator wrote them, and are wanted otherwise since. */
  readonly outdated: readonly string[];
}

/**
 * @param carried the copy was made from the version that the Secret has now, so a key that it lacks was removed
 * Pure.
 */
export function differenceOf({ wanted, seen }: CopyRead, carried: boolean): Difference {
  if (seen.state !== "found") return { edited: [], outdated: [], writer: undefined };
  const { data = {} } = seen.object;
  const live = asLive(seen.object);
  const differing = Object.keys(wanted.data).filter((key) => data[key] !== wanted.data[key]);
  const writers = new Map(differing.map((key) => [key, writerOf(live, ["f:data", `f:${key}`])]));
  const isEdited = (key: string): boolean => {
    const writer = writers.get(key);
    return writer === undefined ? carried : writer.manager !== FIELD_MANAGER;
  };
  const edited = differing.filter(isEdited);
  return {
    edited,
    writer: lastOf(edited.map((key) => writers.get(key))),
    outdated: differing.filter((key) => !isEdited(key)),
  };
}

const lastOf = (writers: readonly (Writer | undefined)[]): Writer | undefined =>
  writers
    .filter((writer) => writer !== undefined)
    .toSorted((a, b) => (b.time ?? "").localeCompare(a.time ?? ""))[0];

/** When the Secret's content was changed last, in milliseconds since 1970; undefined where nobody recorded it. */
export function changedAt({ source }: CopyRead): number | undefined {
  const writer = writerOf(asLive(source), ["f:data"]);
  return writer?.time === undefined ? undefined : Date.parse(writer.time);
}
