import type { Milliseconds } from "../api/duration.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { requestOf } from "../api/request.ts";
import type { CredentialStatus, Phase, ProjectGitOpsStatus, SetupStatus } from "../api/schema.ts";
import { describe } from "../plan/index.ts";
import { conditions, type Verdict } from "./conditions.ts";
import { credentialDueAt } from "./credential/life.ts";
import { credentialCondition, credentialStatus } from "./credential/status.ts";
import { rfc3339 } from "./credential/times.ts";
import { environmentStatuses, isReady, managedIds } from "./environments.ts";
import { fit } from "./fit.ts";
import { inventoryOf } from "./inventory.ts";
import { completedBefore, type Observed, setupOf, uidOf, wasSuspended } from "./observed.ts";
import type { DesiredState } from "./state.ts";
import type { MarkStep, Step } from "./step.ts";
import { nextSuspension } from "./suspension.ts";
import { verdictOf } from "./verdict.ts";

/** When to look at a project again, beside the looks that a change or the resync brings. */
export type Visit =
  | { readonly kind: "now" }
  | { readonly kind: "after"; readonly ms: Milliseconds }
  /** The project's own back-off, but not later than that time (milliseconds since the epoch). */
  | { readonly kind: "backoff"; readonly notLaterThan?: Milliseconds }
  /** Everything is in place and Flux has not said that it is Ready: its objects are looked at in turn. */
  | { readonly kind: "flux" }
  /** Nothing to do until something changes, or that time comes (milliseconds since the epoch); a resync looks for drift. */
  | { readonly kind: "resync"; readonly notLaterThan?: Milliseconds }
  /** At each resync, though nothing has changed here: someone else may have let go. */
  | { readonly kind: "reconsider" };

/** When each phase of this attempt was entered, as far as this pass has seen it. */
export interface PhaseEntry {
  readonly name: Phase;
  readonly startedAt: string;
}

export interface Conclusion {
  readonly status: ProjectGitOpsStatus;
  readonly visit: Visit;
}

/**
 * Turns what a pass came to into the status that people and programs read, and the next visit.
 *
 * @param step the step that the status tells of: the final one, or the one under way when a pass is slow
 * @param entered phases that this pass went through
 */
export function conclude(
  desired: DesiredState,
  observed: Observed,
  step: Step,
  entered: readonly PhaseEntry[],
): Conclusion {
  const { project } = observed;
  const previous = project.status ?? {};
  const now = rfc3339(observed.now);
  const environments = environmentStatuses(observed);
  const suspension = nextSuspension(desired, observed, step, environments, now);
  const judged = verdictOf(desired, observed, step, environments, suspension);
  const credential = credentialStatus(observed);
  const verdict = { ...judged, message: fit(judged.message + rotationNote(judged, credential)) };
  const completedAt = previous.completedAt ?? (isSetUp(step) ? now : undefined);
  const requestedAt = requestOf(project.metadata);
  const setup = setupStatus(desired, observed, step, entered, now);
  const status: ProjectGitOpsStatus = {
    observedGeneration: project.metadata.generation ?? 0,
    phase: step.phase,
    message: verdict.message,
    environmentsReady: `${environments.filter(isReady).length}/${environments.length}`,
    ...(completedAt ? { completedAt } : {}),
    ...(setup ? { setup } : {}),
    ...(suspension ? { suspension } : {}),
    ...(credential ? { credential } : {}),
    ...(requestedAt ? { lastHandledReconcileAt: requestedAt } : {}),
    conditions: conditions(
      verdict,
      credentialCondition(observed, credential),
      project.metadata.generation ?? 0,
      previous.conditions ?? [],
      now,
    ),
    environments,
    inventory: { entries: inventoryOf(managedIds(desired, observed)) },
  };
  // What has just been given up is suspended at once, by a pass that has read this back.
  const begun = suspension !== undefined && previous.suspension?.since !== suspension.since;
  return {
    status,
    visit: begun
      ? { kind: "now" }
      : visitOf(step, verdict, observed.now, credentialDueAt(observed, credential?.failure)),
  };
}

/** Every desired object exists, is ours and matches. */
const isSetUp = (step: Step): boolean => step.phase === "COMPLETED" && step.kind !== "stall";

function setupStatus(
  desired: DesiredState,
  observed: Observed,
  step: Step,
  entered: readonly PhaseEntry[],
  now: string,
): SetupStatus | undefined {
  const before = setupOf(observed);
  // The record of the first set-up stays as it was when it ended.
  if (completedBefore(observed)) return observed.project.status?.setup;
  if (step.kind === "mark" && step.outcome === "Retrying")
    return attempt(desired, observed, (before?.attempt ?? 0) + 1, now);
  const { outcome, ...running } =
    before ?? attempt(desired, observed, 1, startedAt(observed) ?? entered[0]?.startedAt ?? now);
  const resumed = wasSuspended(observed) && step.kind !== "stall" ? { startedAt: now } : {};
  const base = { ...running, ...resumed, phases: mergePhases(running.phases ?? [], entered) };
  if (step.kind !== "mark") return outcome ? { ...base, outcome } : base;
  const next = step.outcome === "RollingBack" ? "RollingBack" : "Failed";
  // What changed since it was given up, during the rollback, is not part of what failed.
  if (outcome) return { ...base, outcome: next, cause: base.cause ?? causeOf(step, now) };
  const { generation: _g, credentialVersion: _c, handledReconcileAt: _h, ...rest } = base;
  return { ...rest, ...versions(desired, observed), outcome: next, cause: causeOf(step, now) };
}

const attempt = (desired: DesiredState, observed: Observed, number: number, now: string): SetupStatus => ({
  uid: uidOf(observed),
  attempt: number,
  startedAt: now,
  ...versions(desired, observed),
});

/** What ends Failed when it changes. */
const versions = (desired: DesiredState, { project }: Observed): Partial<SetupStatus> => {
  const requestedAt = requestOf(project.metadata);
  return {
    generation: project.metadata.generation ?? 0,
    ...(desired.credentialVersion ? { credentialVersion: desired.credentialVersion } : {}),
    ...(requestedAt ? { handledReconcileAt: requestedAt } : {}),
  };
};

const causeOf = ({ cause }: MarkStep, now: string): NonNullable<SetupStatus["cause"]> => ({
  reason: cause.reason,
  message: fit(cause.message),
  ...(cause.object ? { object: describe(cause.object) } : {}),
  at: now,
});

/** Each phase once, as it was entered first: the CRD takes no second entry of a name. */
function mergePhases(before: readonly PhaseEntry[], entered: readonly PhaseEntry[]): PhaseEntry[] {
  const all = [...before, ...entered];
  return all.filter(({ name }, place) => all.findIndex((other) => other.name === name) === place);
}

const startedAt = ({ project }: Observed): string | undefined => {
  const [uid, start] = project.metadata.annotations?.[ANNOTATIONS.setup]?.split("/") ?? [];
  return uid === project.metadata.uid ? start : undefined;
};

/** Ready says so too: what is in force still works, but it is not replaced, or what it replaced is not revoked. */
const rotationNote = ({ ready }: Verdict, credential: CredentialStatus | undefined): string =>
  ready === "True" && credential?.failure ? `; CredentialRotationFailed: ${credential.failure.message}` : "";

function visitOf(
  step: Step,
  { ready, stalled }: Verdict,
  now: number,
  credentialDueAt: number | undefined,
): Visit {
  switch (step.kind) {
    case "mark":
      return step.outcome === "Failed" ? stalledVisit(step.cause.reason) : { kind: "now" };
    case "wait": {
      const { notLaterThan } = step;
      // A host may name a time that is far beyond setup.timeout.
      if (step.lookAgainIn !== "backoff")
        return {
          kind: "after",
          ms: Math.min(step.lookAgainIn, (notLaterThan ?? Number.POSITIVE_INFINITY) - now),
        };
      return { kind: "backoff", ...(notLaterThan === undefined ? {} : { notLaterThan }) };
    }
    case "stall":
      return stalledVisit(step.reason);
    case "settled":
      if (ready !== "True" && !stalled) return { kind: "flux" };
      return { kind: "resync", ...(credentialDueAt === undefined ? {} : { notLaterThan: credentialDueAt }) };
    default:
      return { kind: "now" };
  }
}

const stalledVisit = (reason: string): Visit =>
  RECONSIDERED.has(reason) ? { kind: "reconsider" } : { kind: "resync" };

/** What can end by somebody else's doing, which no version here tells of. */
const RECONSIDERED = new Set([
  "HeldByAnother",
  "DuplicateProject",
  "NestedProject",
  "ProjectNotAllowed",
  "RepositoryNotAllowed",
  "TooManyEnvironments",
]);
