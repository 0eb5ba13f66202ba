import type { Milliseconds } from "../../api/duration.ts";
import type { CredentialSlot, CredentialTarget, GeneratedState } from "../../api/generated.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { Phase } from "../../api/schema.ts";
import { environmentDeletionPolicy } from "../../plan/index.ts";
import { environmentStatuses } from "../environments.ts";
import { completedBefore, type Observed } from "../observed.ts";
import type { DesiredState } from "../state.ts";
import type { Step } from "../step.ts";
import type { CredentialAction, GeneratedCredential, WantedCredential } from "./observed.ts";
import { isFailingOtherwise, proofOf } from "./proof.ts";
import { rfc3339, rotationAt } from "./times.ts";

/**
 * Before anything of the project is made or changed: a credential that is needed is made, registered and put into
 * force, in that order, and nothing else is done until then. One that is only due for rotation holds nobody up.
 */
export function credentialLife(_desired: DesiredState, observed: Observed): Step | undefined {
  const { generated } = observed;
  if (generated?.wanted === undefined) return undefined;
  const phase: Phase = completedBefore(observed) ? "CREATING_SECRETS" : "CREATING_NAMESPACES";
  if (generated.isForeign) return foreign(generated, observed, phase);
  const { stored, wanted, problem, failure } = generated;
  const needed = stored?.current === undefined || !isFor(stored.current, wanted.target);
  if (!needed && !isDue(stored, wanted, observed)) return undefined;
  const trouble = problem ?? (mayLeave(observed) ? undefined : failure);
  if (trouble !== undefined) {
    if (!needed) return undefined;
    const { reason, message } = trouble;
    const lookAgainIn = failure?.retryAt ? Math.max(500, failure.retryAt - observed.now) : "backoff";
    return { kind: "wait", phase, reason, message, lookAgainIn, failing: true };
  }
  return act(phase, nextOf(stored, wanted, failure));
}

/** After everything is in place: what Flux has proved is kept, and what it was put in the place of is revoked. */
export function credentialProof(_desired: DesiredState, observed: Observed): Step | undefined {
  const { generated } = observed;
  const { stored, wanted, problem, failure } = generated ?? {};
  if (generated === undefined || stored === undefined || generated.isForeign) return undefined;
  const { current, previous } = stored;
  if (wanted && previous && !isFor(previous, wanted.target) && failure && mayLeave(observed))
    return act("COMPLETED", { do: "abandon", slot: "previous", because: failure.message });
  if (problem !== undefined || failure !== undefined || !mayRevoke(stored, observed)) return undefined;
  const environments = environmentStatuses(observed);
  if (wanted === undefined) return outOfUse(stored, environments, observed);
  if (current === undefined || previous === undefined) return undefined;
  // A revocation that is asked for begins with what is left of the last rotation.
  if (previous.leaves === "now" || isRevokeAsked(stored, observed))
    return act("COMPLETED", { do: "revoke", slot: "previous" });
  const proof = proofOf(current, environments, observed.now);
  if (proof.kind === "refused" && isFor(previous, current.target) && previous.id !== STRAY)
    return act("CREATING_SECRETS", { do: "revert", because: proof.message });
  const over = observed.now >= Date.parse(current.promotedAt ?? current.createdAt) + wanted.overlap;
  return proof.kind === "proved" && over ? act("COMPLETED", { do: "revoke", slot: "previous" }) : undefined;
}

/** The spec names another credential by now: this one goes when Flux fetches with the other. */
function outOfUse(
  stored: GeneratedState,
  environments: ReturnType<typeof environmentStatuses>,
  observed: Observed,
): Step | undefined {
  const [slot] = slotsOf(stored);
  if (slot === undefined) return act("COMPLETED", { do: "forget" });
  const proof = stored.current ? proofOf(stored.current, environments, observed.now) : { kind: "proved" };
  return proof.kind === "proved" ? act("COMPLETED", { do: "revoke", slot }) : undefined;
}

/** At the end of a deletion or a rollback: everything is revoked, and the Secret goes. */
export function credentialRemoval(observed: Observed, phase: "DELETING" | "ROLLING_BACK"): Step | undefined {
  const { generated, project, now } = observed;
  if (generated?.stored === undefined || generated.isForeign) return undefined;
  if (phase === "DELETING" && generated.keepOnOrphan && leavesSomething(observed)) return undefined;
  const [slot] = slotsOf(generated.stored);
  if (slot === undefined) return act(phase, { do: "forget" });
  const trouble = generated.problem ?? generated.failure;
  if (trouble === undefined) return act(phase, { do: "revoke", slot });
  const begun = Date.parse(project.metadata.deletionTimestamp ?? project.status?.setup?.cause?.at ?? "");
  const since = Date.parse(project.status?.credential?.failure?.since ?? "");
  const failingSince = Math.max(Number.isNaN(begun) ? 0 : begun, Number.isNaN(since) ? now : since);
  const giveUpAt = failingSince + generated.revokeTimeout;
  const isLast = slotsOf(generated.stored).length === 1;
  if (now >= giveUpAt)
    return act(phase, { do: "abandon", because: trouble.message, ...(isLast ? {} : { slot }) });
  return {
    kind: "wait",
    phase,
    reason: trouble.reason,
    message: `${trouble.message}. The credential is still registered there; the project goes without revoking it at ${rfc3339(giveUpAt)}`,
    lookAgainIn: "backoff",
    failing: true,
    notLaterThan: giveUpAt,
  };
}

/**
 * Milliseconds since the epoch at which the credential needs a look; undefined where only a change of something can
 * bring it on.
 *
 * @param failure as the status now says
 */
export function credentialDueAt(
  observed: Observed,
  failure: { reason: string; retryAt: string } | undefined,
): number | undefined {
  const { generated, now } = observed;
  const { stored, wanted, problem } = generated ?? {};
  if (stored === undefined || problem !== undefined) return undefined;
  const notBefore = failure ? Date.parse(failure.retryAt) : 0;
  const { current, next, previous } = stored;
  if (wanted === undefined) return Math.max(notBefore, now + OVERDUE);
  if (current === undefined) return undefined;
  const begun = next !== undefined || previous?.leaves === "now" || isAsked(stored, observed);
  const inOrder = previous
    ? Date.parse(current.promotedAt ?? current.createdAt) + wanted.overlap
    : rotationAt(current, wanted);
  const due = begun ? now : inOrder;
  // What this pass could not do, such as proving it to a suspended Flux, the next one at once could not either.
  const held = isRefused(failure) && previous !== undefined ? 0 : notBefore;
  return Math.max(held, due > now ? due : now + OVERDUE);
}

const OVERDUE: Milliseconds = 15_000;

/** In the title's place where something of ours at the host has no entry here: its Secret was lost. */
export const STRAY = "stray";

/** @param failure whatever had to be revoked first could not be, and is left where it is */
function nextOf(
  { current, next, previous }: GeneratedState = { uid: "" },
  { target }: WantedCredential,
  failure: { message: string } | undefined,
): CredentialAction {
  if (failure) {
    const slot = next?.url === undefined ? "previous" : "next";
    const isRegistered = slot === "next" || (next === undefined && previous !== undefined);
    return isRegistered ? { do: "abandon", slot, because: failure.message } : { do: "make" };
  }
  // One that was begun for another repository or host is of no use: whatever is there of it is revoked first.
  if (next !== undefined && !isFor(next, target)) return { do: "revoke", slot: "next" };
  if (next !== undefined) return { do: next.url === undefined ? "register" : "promote" };
  // The spec has changed its mind before the last one was proved: what would lose its place goes first.
  if (current !== undefined && previous !== undefined) return { do: "revoke", slot: "previous" };
  return { do: "make" };
}

/**
 * What stands in the way of a new one could not be revoked: its host has gone, or its address was mistyped. One that
 * was never registered, at a host that is not asked any more, is left behind at once, all others after revokeTimeout.
 */
function mayLeave({ generated, project, now }: Observed): boolean {
  const { stored, wanted, failure, revokeTimeout = 0 } = generated ?? {};
  if (failure === undefined || wanted === undefined || stored === undefined) return false;
  const { next } = stored;
  // Then it is this one that failed.
  if (next !== undefined && isFor(next, wanted.target)) return false;
  const isElsewhere = next !== undefined && next.target.apiURL !== wanted.target.apiURL;
  if (isElsewhere && next.url === undefined) return true;
  const since = Date.parse(project.status?.credential?.failure?.since ?? "");
  return now >= since + revokeTimeout;
}

/** A rotation that was begun is ended; another begins only when nothing of the last one is left. */
function isDue(stored: GeneratedState, wanted: WantedCredential, observed: Observed): boolean {
  const { current, next, previous } = stored;
  const asked = isAsked(stored, observed);
  if (next !== undefined) return asked ? previous === undefined : mayTryAgain(observed);
  // A pass writes each object once: what it has just carried to the environments it cannot replace again.
  if (previous !== undefined || observed.generated?.succeeded) return false;
  if (current === undefined || asked) return true;
  return (
    mayTryAgain(observed) &&
    observed.now >= rotationAt(current, wanted) &&
    !isFailingOtherwise(environmentStatuses(observed))
  );
}

function isAsked(stored: GeneratedState, observed: Observed): boolean {
  const asked = observed.project.metadata.annotations?.[ANNOTATIONS.rotate];
  return (asked !== undefined && asked !== stored.rotate) || isRevokeAsked(stored, observed);
}

function isRevokeAsked({ revoke }: GeneratedState, { project }: Observed): boolean {
  const asked = project.metadata.annotations?.[ANNOTATIONS.revoke];
  return asked !== undefined && asked !== revoke;
}

/** What Flux was refused with goes at once: the host itself has not failed. */
const mayRevoke = (stored: GeneratedState, observed: Observed): boolean =>
  mayTryAgain(observed) ||
  isAsked(stored, observed) ||
  isRefused(observed.project.status?.credential?.failure);

const isRefused = (failure: { reason: string } | undefined): boolean =>
  failure?.reason === "CredentialRotationFailed";

const retryAt = ({ project }: Observed): number | undefined => {
  const at = Date.parse(project.status?.credential?.failure?.retryAt ?? "");
  return Number.isNaN(at) ? undefined : at;
};

const mayTryAgain = (observed: Observed): boolean => observed.now >= (retryAt(observed) ?? 0);

/** The newest first: what was begun last is in nobody's use. */
const slotsOf = (stored: GeneratedState) =>
  (["next", "previous", "current"] as const).filter((slot) => stored[slot] !== undefined);

const isFor = ({ target }: CredentialSlot, wanted: CredentialTarget): boolean =>
  Bun.deepEquals(target, wanted);

const leavesSomething = ({ project: { spec } }: Observed): boolean =>
  spec.environments.some((environment) => environmentDeletionPolicy(spec, environment) === "Orphan");

function foreign({ secretName }: GeneratedCredential, { project }: Observed, phase: Phase): Step {
  const { namespace } = project.metadata;
  return {
    kind: "stall",
    phase,
    reason: "HeldByAnother",
    message: `Secret ${namespace}/${secretName} is not this project's, and the credential that is made is kept under that name: delete it (kubectl delete secret ${secretName} -n ${namespace}), or name it in git.credential.secretRef`,
  };
}

const act = (phase: Phase, action: CredentialAction): Step => ({ kind: "credential", phase, action });
