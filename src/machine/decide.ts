import type { Phase } from "../api/schema.ts";
import { MANAGED_KINDS, objectKey } from "../plan/index.ts";
import { credentialLife, credentialProof } from "./credential/life.ts";
import { deletion, leftoverQuotas, leftovers } from "./deletion.ts";
import { completedBefore, type Observed, setupOf } from "./observed.ts";
import { failed, giveUp, olderPeer, rollingBack, setupDeadline } from "./setup.ts";
import { contestedIn, nextInStages } from "./stages.ts";
import type { DesiredState } from "./state.ts";
import type { Cause, Step } from "./step.ts";

/**
 * The state machine (DESIGN section 2): from what is wanted and what was seen to the one next step.
 * Pure: the clock comes in with what was observed. The first rule that has something to say wins.
 */
export function decide(desired: DesiredState, observed: Observed): Step {
  for (const rule of RULES) {
    const step = rule(desired, observed);
    if (step) return inTime(step, observed);
  }
  return { kind: "settled", phase: "COMPLETED" };
}

type Rule = (desired: DesiredState, observed: Observed) => Step | undefined;

const RULES: readonly Rule[] = [
  // A refusal ends the pass whatever was being done: the same step again would only be refused again.
  refused,
  deletion,
  rollingBack,
  invalid,
  suspended,
  nested,
  failed,
  duplicate,
  credentialLife,
  credentialBeforeSetup,
  leftoverQuotas,
  stages,
  // Before what has left the spec: a protected environment waits for a person, and rotation cannot.
  credentialProof,
  leftovers,
  credentialAfterSetup,
  contested,
];

function invalid({ invalid: problem }: DesiredState): Step | undefined {
  return problem && { kind: "stall", phase: "CREATING_NAMESPACES", ...problem };
}

function suspended(_desired: DesiredState, { project }: Observed): Step | undefined {
  if (!project.spec.suspend) return undefined;
  return {
    kind: "stall",
    phase: project.status?.phase ?? "CREATING_NAMESPACES",
    reason: "Suspended",
    message: "suspended: nothing is reconciled until spec.suspend is false",
  };
}

function nested(_desired: DesiredState, { project, nestedIn }: Observed): Step | undefined {
  if (nestedIn === undefined) return undefined;
  return {
    kind: "stall",
    phase: "CREATING_NAMESPACES",
    reason: "NestedProject",
    message: `namespace ${project.metadata.namespace} is itself managed for ProjectGitOps ${nestedIn}: move this object to a namespace that no project manages`,
  };
}

function duplicate(_desired: DesiredState, observed: Observed): Step | undefined {
  const older = olderPeer(observed);
  if (older === undefined) return undefined;
  const { projectId } = observed.project.spec;
  const what = older.sameProjectId
    ? `projectId ${projectId} belongs to`
    : `${older.namespaces.join(", ")}: also wanted by`;
  const self = `${observed.project.metadata.namespace}/${observed.project.metadata.name}`;
  return conflict(observed, "CREATING_NAMESPACES", {
    reason: "DuplicateProject",
    message: `${what} ProjectGitOps ${older.key}, which is older than ${self}. Delete that one, or create this one again with another projectId`,
  });
}

/** Refused for good, as far as a repetition alone can tell: tried again with back-off until setup.timeout. */
function refused(_desired: DesiredState, observed: Observed): Step | undefined {
  const { refusals } = observed;
  // Answers come in any order: the same refusals have to give the same message, or status and events churn.
  const [first] = [...refusals].sort((a, b) => (objectKey(a.id) < objectKey(b.id) ? -1 : 1));
  if (first === undefined) return undefined;
  const phase = removalUnderWay(observed) ?? MANAGED_KINDS[first.id.kind].phase;
  if (first.reason === "FieldConflict") return conflict(observed, phase, { ...first, object: first.id });
  const others = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : "";
  return {
    kind: "wait",
    phase,
    reason: first.reason,
    message: first.message + others,
    lookAgainIn: "backoff",
    failing: true,
    ...(first.untimed ? { untimed: true } : {}),
    object: first.id,
  };
}

function credentialBeforeSetup({ credential }: DesiredState, observed: Observed): Step | undefined {
  if (credential === undefined || completedBefore(observed)) return undefined;
  return { kind: "wait", phase: "CREATING_NAMESPACES", ...credential, lookAgainIn: "backoff", failing: true };
}

function stages(desired: DesiredState, observed: Observed): Step | undefined {
  const next = nextInStages(desired, observed);
  return next?.kind === "conflict" ? conflict(observed, next.phase, next.cause) : next;
}

function contested(desired: DesiredState, observed: Observed): Step | undefined {
  const message = contestedIn(desired, observed);
  if (message === undefined) return undefined;
  // Another look brings nothing before the window has passed; a change brings a pass of its own.
  return {
    kind: "wait",
    phase: "CREATING_RESOURCES",
    reason: "FieldContested",
    message,
    lookAgainIn: CONTESTED_MS,
    failing: true,
  };
}

const CONTESTED_MS = 60_000;

function credentialAfterSetup({ credential }: DesiredState): Step | undefined {
  if (credential === undefined) return undefined;
  return { kind: "wait", phase: "COMPLETED", ...credential, lookAgainIn: "backoff", failing: true };
}

/** Before the first COMPLETED a conflict releases what this attempt made; afterwards nothing is removed. */
function conflict(observed: Observed, phase: Phase, cause: Cause): Step {
  if (!completedBefore(observed)) return giveUp(cause, observed);
  return { kind: "stall", phase, reason: cause.reason, message: cause.message };
}

function removalUnderWay(observed: Observed): Phase | undefined {
  if (observed.project.metadata.deletionTimestamp) return "DELETING";
  return setupOf(observed)?.outcome === "RollingBack" ? "ROLLING_BACK" : undefined;
}

/** A set-up that only waits is given up when its time is over; a removal never is. */
function inTime(step: Step, observed: Observed): Step {
  if (step.kind !== "wait" || !step.failing || step.untimed || removalUnderWay(observed)) return step;
  const deadline = setupDeadline(observed);
  if (deadline === undefined) return step;
  if (observed.now < deadline) return { ...step, notLaterThan: deadline };
  const { timeout } = observed.project.spec.setup;
  return giveUp(
    {
      reason: step.reason,
      message: `${step.message} (setup.timeout of ${timeout} is over)`,
      ...(step.object ? { object: step.object } : {}),
    },
    observed,
  );
}
