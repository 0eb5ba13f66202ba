import type { FluxHealth } from "../api/schema.ts";
import { type LiveObject, steadyMessage } from "../machine/index.ts";
import { canonicalJson } from "../plan/hash.ts";
import { MANAGED_KINDS, type ManagedKind } from "../plan/index.ts";

/** The version that was found to match a manifest, and by what a later version can be told to match too. */
export interface Verified {
  readonly hash: string;
  readonly resourceVersion: string;
  readonly generation: number | undefined;
  readonly marks: string;
  readonly cells: string;
  /** Of kinds that are listed in full: all that is judged beside labels and annotations. */
  readonly substance?: string;
  readonly health?: FluxHealth;
}

/** A row of a list: metadata, and for Flux's kinds the cells Ready and Status. */
export interface Row {
  readonly metadata: LiveObject["metadata"];
  readonly cells?: { readonly ready: string; readonly message: string };
  readonly full?: LiveObject;
}

export const verifiedAs = (
  kind: ManagedKind,
  live: LiveObject,
  hash: string,
  health: FluxHealth | undefined,
): Verified => ({
  hash,
  resourceVersion: live.metadata.resourceVersion,
  generation: live.metadata.generation,
  marks: marksOf(live.metadata),
  cells: cellsOf(readyCells(live)),
  ...(MANAGED_KINDS[kind].resync === "full" ? { substance: substanceOf(live) } : {}),
  ...(health ? { health } : {}),
});

/** Whether a new version differs only in what is not judged, as a Flux object's or a quota's does with each status. */
export function isSame(verified: Verified, { metadata, cells, full }: Row): boolean {
  if (verified.marks !== marksOf(metadata)) return false;
  if (full) return verified.substance === substanceOf(full);
  return (
    cells !== undefined &&
    verified.generation === metadata.generation &&
    verified.cells === cellsOf(cells) &&
    isWhole(cells, verified.health)
  );
}

const marksOf = ({ labels, annotations, deletionTimestamp }: LiveObject["metadata"]): string =>
  String(Bun.hash(canonicalJson([labels ?? {}, annotations ?? {}, deletionTimestamp ?? ""])));

/** A list leaves out the kind of its items. */
function substanceOf(live: LiveObject): string {
  const { apiVersion: _v, kind: _k, metadata: _m, status: _s, ...rest } = live as Record<string, unknown>;
  return String(Bun.hash(canonicalJson(rest)));
}

/** The columns Ready and Status of Flux's kinds, from the object itself. */
function readyCells(live: LiveObject): { ready: string; message: string } {
  const status = live["status"] as
    | { conditions?: { type: string; status: string; message?: string }[] }
    | undefined;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return { ready: ready?.status ?? "", message: ready?.message ?? "" };
}

/**
 * Flux patches its conditions before the rest of its status (fluxcd/pkg, runtime/patch): a Ready that came ahead
 * of its revision is read again.
 */
const isWhole = ({ ready, message }: { ready: string; message: string }, health?: FluxHealth): boolean =>
  ready !== "True" || (health?.revision !== undefined && message.includes(health.revision));

/** Flux tries again and again in another temporary folder: its new name is no news. */
const cellsOf = ({ ready, message }: { ready: string; message: string }): string =>
  `${ready} ${steadyMessage(message)}`;
