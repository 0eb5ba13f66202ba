import type { Phase, Reason } from "../api/schema.ts";
import { isDelivery, MANAGED_KINDS, type ObjectId, objectKey } from "../plan/index.ts";
import { homeIsOurs, homeOf } from "./namespaces.ts";
import { type LiveObject, type Observed, sightingOf } from "./observed.ts";
import { ownership } from "./ownership.ts";
import { hasFluxFinalizer, isForced, waitUntilGone } from "./removal-wait.ts";
import type { Doomed, Step } from "./step.ts";

/** What happens to an object that is ours and no longer wanted. */
export type Fate = "delete" | "orphan" | "keep";

/** A set of objects to remove, and why. */
export interface Removal {
  readonly phase: Phase;
  readonly reason: Reason;
  readonly candidates: readonly ObjectId[];
  /** Asked for objects that are ours only, and whose Namespace was read. */
  readonly fate: (live: LiveObject, id: ObjectId) => Fate;
}

const RANKS = [...new Set(Object.values(MANAGED_KINDS).map((kind) => kind.removal))].sort((a, b) => a - b);

/**
 * Removal in reverse order (DESIGN section 3, rule 3): a rank starts when everything of the rank
 * before it is gone, and an object counts as gone only when a read of this pass said so.
 *
 * @returns the next step, or undefined when nothing is left that may go
 */
export function remove(removal: Removal, observed: Observed): Step | undefined {
  const candidates = distinct(removal.candidates);
  const unread = candidates.filter((id) => needsRead(observed, id));
  if (unread.length > 0) return { kind: "read", phase: removal.phase, objects: unread };
  for (const rank of RANKS) {
    const ours = candidates
      .filter((id) => MANAGED_KINDS[id.kind].removal === rank)
      .flatMap((id) => oursAmong(observed, id));
    const step = removeRank(removal, observed, ours);
    if (step) return step;
  }
  return undefined;
}

function distinct(ids: readonly ObjectId[]): ObjectId[] {
  const homes = ids.map((id) => homeOfId(id));
  return [...new Map([...ids, ...homes].map((id) => [objectKey(id), id])).values()];
}

/** Ownership of an object is judged by its Namespace, which therefore has to be read too. */
const homeOfId = (id: ObjectId): ObjectId =>
  id.kind === "Namespace" ? id : { kind: "Namespace", namespace: "", name: id.namespace };

/** The Namespace is read first; whatever stands in one that is gone, or is someone else's, needs no look. */
function needsRead(observed: Observed, id: ObjectId): boolean {
  if (id.kind !== "Namespace") {
    const home = homeOf(observed, id);
    if (home.state !== "present" || !homeIsOurs(observed, id)) return false;
  }
  const { state } = sightingOf(observed, id);
  return state !== "present" && state !== "absent";
}

function oursAmong(observed: Observed, id: ObjectId): Doomed[] {
  const sighting = sightingOf(observed, id);
  if (sighting.state !== "present") return [];
  const { kind } = ownership(sighting.object, homeIsOurs(observed, id), observed.project);
  return kind === "ours" ? [{ ...id, live: sighting.object }] : [];
}

function removeRank(removal: Removal, observed: Observed, ours: readonly Doomed[]): Step | undefined {
  const { phase, fate } = removal;
  const orphans = ours.filter((object) => fate(object.live, object) === "orphan");
  if (orphans.length > 0) return { kind: "orphan", phase, objects: orphans };
  const doomed = ours.filter((object) => fate(object.live, object) === "delete");
  const standing = doomed.filter(({ live }) => live.metadata.deletionTimestamp === undefined);
  const suspended = standing.filter((object) => isDelivery(object.kind) && isSuspended(object.live));
  if (suspended.length > 0) return { kind: "resume", phase, objects: suspended };
  if (standing.length > 0) return { kind: "delete", phase, objects: standing };
  const forced = doomed.filter((object) => hasFluxFinalizer(object) && isForced(observed, object));
  if (forced.length > 0) return { kind: "strip", phase, objects: forced };
  return doomed.length > 0 ? waitUntilGone(removal, observed, doomed) : undefined;
}

const isSuspended = (live: LiveObject): boolean =>
  (live["spec"] as { suspend?: boolean } | undefined)?.suspend === true;
