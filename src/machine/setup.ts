import { durationMs } from "../api/duration.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { requestOf } from "../api/request.ts";
import type { Reason } from "../api/schema.ts";
import { describe, homeNamespace, isDelivery, type ObjectId } from "../plan/index.ts";
import { credentialRemoval } from "./credential/life.ts";
import { homeIsOurs } from "./namespaces.ts";
import {
  completedBefore,
  type LiveObject,
  type Observed,
  type Peer,
  plannedIn,
  setupOf,
  sightingOf,
  uidOf,
  wasSuspended,
} from "./observed.ts";
import { createdByUs, ownership } from "./ownership.ts";
import { remove } from "./removal.ts";
import type { DesiredState } from "./state.ts";
import type { Cause, Step } from "./step.ts";

/** When the set-up has to be complete, in milliseconds since the epoch; undefined once it was. */
export function setupDeadline(observed: Observed): number | undefined {
  if (completedBefore(observed)) return undefined;
  // Time while suspended does not count: the clock starts anew with the first pass after it.
  if (wasSuspended(observed)) return observed.now + durationMs(observed.project.spec.setup.timeout);
  const recorded = Date.parse(setupOf(observed)?.startedAt ?? annotatedStart(observed) ?? "");
  const started = Number.isNaN(recorded) ? observed.now : recorded;
  return Math.max(started, observed.watchedSince) + durationMs(observed.project.spec.setup.timeout);
}

/** Ends a set-up that cannot be completed: by rollback, where that is asked for and proved to be safe. */
export function giveUp(cause: Cause, observed: Observed): Step {
  const rollback = observed.project.spec.setup.onFailure === "Rollback" && madeHere(observed);
  return rollback
    ? { kind: "mark", phase: "ROLLING_BACK", outcome: "RollingBack", cause }
    : { kind: "mark", phase: "FAILED", outcome: "Failed", cause };
}

/**
 * Goes on with a rollback that was read back from the status: removes what this set-up made, in
 * reverse order. It ends without removing anything where Flux has already applied something.
 */
export function rollingBack(_desired: DesiredState, observed: Observed): Step | undefined {
  const setup = setupOf(observed);
  if (setup?.outcome !== "RollingBack") return undefined;
  const cause: Cause = recordedCause(setup.cause);
  const failed: Step = { kind: "mark", phase: "FAILED", outcome: "Failed", cause };
  if (!madeHere(observed)) return failed;
  const candidates = [...plannedIn(observed), ...observed.known];
  const step = remove(
    {
      phase: "ROLLING_BACK",
      reason: "RollingBack",
      candidates,
      fate: (live) => (createdByUs(live, uidOf(observed)) ? "delete" : "keep"),
    },
    observed,
  );
  if (step === undefined) return credentialRemoval(observed, "ROLLING_BACK") ?? failed;
  if (step.kind !== "read" && candidates.some((id) => isDelivery(id.kind) && hasHistory(observed, id)))
    return failed;
  return step;
}

/** A set-up that has failed stays so until the spec, the credential or a request for a pass changes. */
export function failed(desired: DesiredState, observed: Observed): Step | undefined {
  const setup = setupOf(observed);
  if (setup?.outcome !== "Failed") return undefined;
  const cause = recordedCause(setup.cause);
  const { metadata } = observed.project;
  const unchanged =
    setup.generation === metadata.generation &&
    setup.handledReconcileAt === requestOf(metadata) &&
    setup.credentialVersion === desired.credentialVersion &&
    !isMended(cause, desired, observed);
  if (!unchanged) return { kind: "mark", phase: "CREATING_NAMESPACES", outcome: "Retrying", cause };
  return ownershipConflict(cause, setup.cause?.object, observed) ?? stalled(cause);
}

/** What failed for a Secret goes on when it is good; the version of an image pull Secret is nowhere recorded. */
const isMended = ({ reason }: Cause, { credential }: DesiredState, { generated }: Observed): boolean =>
  credential === undefined && generated?.problem === undefined && SECRET_REASONS.has(reason);

const SECRET_REASONS: ReadonlySet<Reason> = new Set<Reason>([
  "CredentialMissing",
  "CredentialInvalid",
  "KnownHostsMissing",
  "ImagePullSecretMissing",
  "ImagePullSecretInvalid",
]);

const stalled = (cause: Cause): Step => ({
  kind: "stall",
  phase: "FAILED",
  reason: cause.reason,
  message: cause.message,
});

/** An ownership conflict is looked at again, and the set-up goes on by itself when it has ended. */
function ownershipConflict(cause: Cause, name: string | undefined, observed: Observed): Step | undefined {
  const retry: Step = { kind: "mark", phase: "CREATING_NAMESPACES", outcome: "Retrying", cause };
  if (cause.reason === "DuplicateProject") return olderPeer(observed) ? undefined : retry;
  if (cause.reason !== "HeldByAnother") return undefined;
  const object = plannedIn(observed).find((id) => describe(id) === name);
  if (object === undefined) return retry;
  const home: ObjectId = { kind: "Namespace", namespace: "", name: homeNamespace(object) };
  const unread = (object.kind === "Namespace" ? [object] : [home, object]).filter(
    (id) => !["present", "absent"].includes(sightingOf(observed, id).state),
  );
  if (unread.length > 0) return { kind: "read", phase: "FAILED", objects: unread };
  const sighting = sightingOf(observed, object);
  // Gone, or handed over since: the message names both ways out.
  const isHeld =
    sighting.state === "present" &&
    ownership(sighting.object, homeIsOurs(observed, object), observed.project).kind === "foreign";
  return isHeld ? undefined : retry;
}

/**
 * Of two projects with one projectId the older keeps it (creationTimestamp, then uid). Times have whole
 * seconds: of two in one second the one that was COMPLETED keeps it, whichever the poll met first.
 */
export function olderPeer(observed: Observed): Peer | undefined {
  const { metadata, status } = observed.project;
  const self = rank({
    creationTimestamp: metadata.creationTimestamp ?? "",
    uid: uidOf(observed),
    ...(status?.completedAt ? { completedAt: status.completedAt } : {}),
  });
  return observed.peers.find(
    // Who holds its namespaces already does not give them up for a wish of an older one.
    (peer) => rank(peer) < self && (peer.sameProjectId || !completedBefore(observed)),
  );
}

const rank = ({
  creationTimestamp,
  completedAt = "never",
  uid,
}: Pick<Peer, "creationTimestamp" | "completedAt" | "uid">): string =>
  `${creationTimestamp} ${completedAt} ${uid}`;

/** The proof that rule 4 asks for: this very object began the set-up, and it was never complete. */
const madeHere = (observed: Observed): boolean =>
  !completedBefore(observed) &&
  observed.project.metadata.annotations?.[ANNOTATIONS.setup]?.split("/")[0] === uidOf(observed);

const annotatedStart = (observed: Observed): string | undefined => {
  const [uid, start] = observed.project.metadata.annotations?.[ANNOTATIONS.setup]?.split("/") ?? [];
  return uid === uidOf(observed) ? start : undefined;
};

const recordedCause = (cause: { reason: string; message: string } | undefined): Cause => ({
  reason: (cause?.reason ?? "SetupFailed") as Cause["reason"],
  message: cause?.message ?? "the set-up did not complete",
});

/** Flux has applied, or tried to apply, something: then it is no longer ours to take back. */
function hasHistory(observed: Observed, id: ObjectId): boolean {
  const sighting = sightingOf(observed, id);
  return sighting.state === "present" && deliveryHistory(sighting.object);
}

function deliveryHistory(live: LiveObject): boolean {
  const status = (live["status"] ?? {}) as Record<string, unknown>;
  const inventory = status["inventory"] as { entries?: unknown[] } | undefined;
  const history = status["history"];
  return (
    Boolean(status["lastAppliedRevision"]) ||
    Boolean(status["lastAttemptedRevision"]) ||
    (inventory?.entries?.length ?? 0) > 0 ||
    (Array.isArray(history) && history.length > 0)
  );
}
