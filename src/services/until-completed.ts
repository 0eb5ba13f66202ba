import { durationMs } from "../api/duration.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { PROJECTS, projectKey, projectRef } from "../reconcile/index.ts";
import type { SetupResult } from "./project-setup.ts";
import { SetupFailedError } from "./setup-failed-error.ts";
import { outcomeOf } from "./setup-outcome.ts";
import { until } from "./until.ts";

/** A rollback takes its time after setup.timeout is over; a namespace alone 5 to 10 s. */
const ROLLBACK_MS = 60_000;

/**
 * Waits for the end of a set-up, or of the change, that was written.
 * @throws SetupFailedError when it has failed, or is deleted meanwhile; NotInTime; the signal's reason
 */
export function untilCompleted(
  client: BunK8sClient,
  written: ProjectGitOps,
  { timeoutMs, signal }: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined },
): Promise<SetupResult> {
  return until(client, PROJECTS, projectRef(written), {
    what: `ProjectGitOps ${projectKey(written.metadata)} is COMPLETED`,
    timeoutMs: timeoutMs ?? durationMs(written.spec.setup.timeout) + ROLLBACK_MS,
    signal,
    look: (project) => resultOf(written, project),
    describe: lastState,
  });
}

function resultOf(written: ProjectGitOps, project: ProjectGitOps | undefined): SetupResult | undefined {
  const key = projectKey(written.metadata);
  if (project === undefined || project.metadata.uid !== written.metadata.uid)
    throw new SetupFailedError(key, { reason: "Deleted", message: "it was deleted by someone else" });
  const outcome = outcomeOf(project);
  if (outcome.kind === "failed") throw new SetupFailedError(key, outcome.cause);
  if (outcome.kind === "under way") return undefined;
  return { phase: "COMPLETED", environments: project.status?.environments ?? [] };
}

function lastState(project: ProjectGitOps | undefined): string {
  const { phase, message } = project?.status ?? {};
  if (phase === undefined)
    return "no operator has looked at it: is it running? kubectl get deployment -n projectgitops-system";
  return `it stands in ${phase}: ${message ?? ""}`;
}
