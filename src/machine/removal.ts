import type { Phase, Reason } from "../api/schema.ts";
import { describe, isDelivery, MANAGED_KINDS, type ObjectId, objectKey } from "../plan/index.ts";
import { homeIsOurs, homeOf, terminatingBecause } from "./namespaces.ts";
import { type LiveObject, type Observed, sightingOf, uidOf } from "./observed.ts";
import { ownership } from "./ownership.ts";
import type { Doomed, Step } from "./step.ts";

/** A set of objects to remove, and why. */
export interface Removal {
  readonly phase: Phase;
  readonly reason: Reason;
  readonly candidates: readonly ObjectId[];
  /** Asked for objects that are ours only. */
  readonly mayDelete: (live: LiveObject, id: ObjectId) => boolean;
}

const RANKS = [...new Set(Object.values(MANAGED_KINDS).map((kind) => kind.removal))].sort((a, b) => a - b);

/**
 * Removal in reverse order (DESIGN section 3, rule 3): a rank starts when everything of the rank
 * before it is gone, and an object counts as gone only when a read of this pass said so.
 *
 * @returns the next step, or undefined when nothing is left that may be deleted
 */
export function remove(removal: Removal, observed: Observed): Step | undefined {
  const candidates = distinct(removal.candidates);
  const unread = [
    ...unreadAmong(
      observed,
      candidates.filter((id) => id.kind === "Namespace"),
    ),
    ...unreadAmong(
      observed,
      candidates.filter((id) => id.kind !== "Namespace"),
    ),
  ];
  if (unread.length > 0) return { kind: "read", phase: removal.phase, objects: unread };
  for (const rank of RANKS) {
    const doomed = candidates
      .filter((id) => MANAGED_KINDS[id.kind].removal === rank)
      .flatMap((id) => doomedOf(removal, observed, id));
    if (doomed.length > 0) return removeRank(removal, observed, doomed);
  }
  return undefined;
}

function distinct(ids: readonly ObjectId[]): ObjectId[] {
  return [...new Map(ids.map((id) => [objectKey(id), id])).values()];
}

/** Whatever stands in a Namespace that is gone, or is someone else's, needs no look. */
function unreadAmong(observed: Observed, ids: readonly ObjectId[]): ObjectId[] {
  return ids.filter((id) => {
    if (id.kind !== "Namespace") {
      const home = homeOf(observed, id);
      const homeRead = home.state === "absent" || home.state === "present";
      if (!homeRead) return false; // its Namespace is read first
      if (home.state === "absent" || !homeIsOurs(observed, id)) return false;
    }
    const { state } = sightingOf(observed, id);
    return state !== "present" && state !== "absent";
  });
}

function doomedOf(removal: Removal, observed: Observed, id: ObjectId): Doomed[] {
  const sighting = sightingOf(observed, id);
  if (sighting.state !== "present") return [];
  const live = sighting.object;
  if (ownership(live, homeIsOurs(observed, id), uidOf(observed)).kind !== "ours") return [];
  return removal.mayDelete(live, id) ? [{ ...id, live }] : [];
}

function removeRank({ phase, reason }: Removal, observed: Observed, doomed: readonly Doomed[]): Step {
  const standing = doomed.filter(({ live }) => live.metadata.deletionTimestamp === undefined);
  const suspended = standing.filter((object) => isDelivery(object.kind) && isSuspended(object.live));
  if (suspended.length > 0) return { kind: "resume", phase, objects: suspended };
  if (standing.length > 0) return { kind: "delete", phase, objects: standing };
  return {
    kind: "wait",
    phase,
    reason: doomed.some(({ kind }) => kind === "Namespace") ? "NamespaceTerminating" : reason,
    message: waitingFor(doomed),
    lookAgainIn: lookAgainIn(doomed, observed.now),
    failing: false,
  };
}

/** The namespace controller takes its time, always: a look before that is wasted. */
const NAMESPACE_GRACE_MS = 5500;

function lookAgainIn(doomed: readonly Doomed[], now: number): number {
  const ready = doomed
    .filter(({ kind }) => kind === "Namespace")
    .map(({ live }) => Date.parse(live.metadata.deletionTimestamp ?? "") + NAMESPACE_GRACE_MS - now);
  return Math.max(500, ...ready.filter(Number.isFinite));
}

function waitingFor(doomed: readonly Doomed[]): string {
  const names = doomed.map(describe).join(", ");
  const held = doomed
    .filter(({ kind }) => kind === "Namespace")
    .map(({ live }) => terminatingBecause(live))
    .filter((text) => text !== "");
  const until = `waiting until ${names} ${doomed.length === 1 ? "is" : "are"} gone`;
  return held.length > 0 ? `${until}: ${held.join("; ")}` : until;
}

const isSuspended = (live: LiveObject): boolean =>
  (live["spec"] as { suspend?: boolean } | undefined)?.suspend === true;
