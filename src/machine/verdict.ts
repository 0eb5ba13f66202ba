import type { EnvironmentStatus, Suspension } from "../api/schema.ts";
import { describe, objectKey } from "../plan/index.ts";
import type { Verdict } from "./conditions.ts";
import { firstComplaint } from "./health.ts";
import type { Observed } from "./observed.ts";
import { STAGES } from "./stages.ts";
import type { DesiredState } from "./state.ts";
import type { Step } from "./step.ts";

/** What a step means for Ready, Reconciling and Stalled. */
export function verdictOf(
  desired: DesiredState,
  observed: Observed,
  step: Step,
  environments: readonly EnvironmentStatus[],
  suspension: Suspension | undefined,
): Verdict {
  switch (step.kind) {
    case "settled":
      if (suspension) return givenUp(suspension, observed);
      return step.phase === "COMPLETED"
        ? settled(desired, observed, environments)
        : progress("Deleting", "everything is removed");
    case "stall":
      return step.reason === "Suspended"
        ? suspended(observed, step.message)
        : { ready: "False", reason: step.reason, message: step.message, reconciling: false, stalled: true };
    case "wait":
      return {
        ready: step.failing ? "False" : "Unknown",
        reason: step.reason,
        message: step.message,
        reconciling: true,
        stalled: false,
      };
    case "mark":
      return marked(step);
    default:
      return progress(...underWay(step));
  }
}

function settled(
  desired: DesiredState,
  observed: Observed,
  environments: readonly EnvironmentStatus[],
): Verdict {
  const { project } = observed;
  const complaint = firstComplaint(environments);
  if (complaint !== undefined)
    return {
      ready: complaint.failing ? "False" : "Unknown",
      reason: complaint.reason,
      message: complaint.message,
      reconciling: true,
      stalled: false,
    };
  const count = project.spec.environments.length;
  const suspended = environments.filter(({ source, delivery }) => source?.suspended || delivery?.suspended);
  const orphans = undesiredOrphans(desired, observed);
  const found =
    orphans.length > 0 ? `; OrphanFound: ${orphans.join(", ")} of an earlier object of this name` : "";
  const note = suspended.length > 0 ? ` (suspended: ${suspended.map(({ name }) => name).join(", ")})` : "";
  return {
    ready: "True",
    reason: "Completed",
    message: `${count} of ${count} environments ready, ${desired.objects.length} objects in place${note}${found}`,
    reconciling: false,
    stalled: false,
  };
}

/** Retrying has stopped: only a change helps now. */
const givenUp = ({ message }: Suspension, { project: { metadata, spec } }: Observed): Verdict => ({
  ready: "False",
  reason: "FailingForLong",
  message: `suspended after failing for ${spec.failurePolicy?.suspendAfter}: ${message}. A change of the spec or the credential resumes it, and so does: kubectl annotate --overwrite pgops ${metadata.name} -n ${metadata.namespace} reconcile.fluxcd.io/requestedAt="$(date +%s)"`,
  reconciling: false,
  stalled: true,
});

/** What an earlier ProjectGitOps left and this one does not ask for: a person decides. */
function undesiredOrphans(desired: DesiredState, { orphans }: Observed): string[] {
  const wanted = new Set(desired.objects.map(objectKey));
  return orphans.filter((id) => !wanted.has(objectKey(id))).map(describe);
}

function marked(step: Extract<Step, { kind: "mark" }>): Verdict {
  const { reason, message } = step.cause;
  switch (step.outcome) {
    case "RollingBack":
      return { ready: "False", reason, message, reconciling: true, stalled: false };
    case "Failed":
      return { ready: "False", reason, message, reconciling: false, stalled: true };
    case "Retrying":
      return progress("CreatingNamespaces", `starting again after: ${message}`);
  }
}

/** Nothing is looked at, so Ready says what it said before. */
function suspended({ project }: Observed, message: string): Verdict {
  const before = project.status?.conditions?.find(({ type }) => type === "Ready");
  return {
    ready: before?.status ?? "Unknown",
    reason: "Suspended",
    message,
    reconciling: false,
    stalled: false,
  };
}

const progress = (reason: string, message: string): Verdict => ({
  ready: "Unknown",
  reason,
  message,
  reconciling: true,
  stalled: false,
});

function underWay(step: Step): [reason: string, message: string] {
  if (step.kind === "credential")
    return step.phase === "DELETING" || step.phase === "ROLLING_BACK"
      ? ["RevokingCredential", "taking the git credential back at its host"]
      : ["CreatingCredential", "making the git credential and registering it at its host"];
  switch (step.phase) {
    case "DELETING":
      return ["Deleting", "removing everything in reverse order"];
    case "ROLLING_BACK":
      return ["RollingBack", "removing what this set-up made, in reverse order"];
    case "COMPLETED":
      return ["RemovingEnvironment", "removing what the spec no longer asks for"];
    case "FAILED":
      return ["SetupFailed", "looking again at what stood in the way"];
    default:
      return [STAGES[step.phase].reason, `${count(step)} under way`];
  }
}

function count(step: Step): string {
  const objects = step.kind === "update" ? step.changes.length : "objects" in step ? step.objects.length : 0;
  return `${objects} ${objects === 1 ? "object" : "objects"}`;
}
