import type { Condition, ProjectGitOps } from "../api/schema.ts";
import { conditionOf, speaksOfNow } from "../api/standing.ts";
import type { SetupCause } from "./setup-failed-error.ts";

/** Where a set-up stands, for one who waits for its end. */
export type SetupOutcome =
  | { kind: "under way" }
  | { kind: "completed" }
  | { kind: "failed"; cause: SetupCause };

/**
 * Reads the outcome from the status, as far as that speaks of the object as it is now: an older COMPLETED or FAILED
 * is no answer. Failed is also what is Stalled or suspended: there is nothing to wait for. Pure.
 */
export function outcomeOf(project: ProjectGitOps): SetupOutcome {
  const { phase, setup } = project.status ?? {};
  if (!speaksOfNow(project)) return { kind: "under way" };
  const ready = conditionOf(project, "Ready");
  if (ready?.reason === "Suspended") return failed(project, ready);
  if (phase === "COMPLETED") return { kind: "completed" };
  if (phase === "FAILED" && setup?.cause) return { kind: "failed", cause: { phase, ...setup.cause } };
  const stalled = conditionOf(project, "Stalled");
  return stalled?.status === "True" ? failed(project, stalled) : { kind: "under way" };
}

const failed = ({ status }: ProjectGitOps, { reason, message }: Condition): SetupOutcome => ({
  kind: "failed",
  cause: { phase: status?.phase, reason, message },
});
