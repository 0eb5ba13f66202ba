import { durationMs } from "../api/duration.ts";
import { requestOf } from "../api/request.ts";
import type { EnvironmentStatus, ProjectGitOps, Suspension } from "../api/schema.ts";
import { fit } from "./fit.ts";
import { firstComplaint } from "./health.ts";
import type { Observed } from "./observed.ts";
import type { DesiredState } from "./state.ts";
import type { Step } from "./step.ts";

/**
 * failurePolicy.suspendAfter: a project that has failed for that long stops burdening the cluster
 * and the git host. What is suspended stays so until spec, credential or requestedAt change.
 */
export function suspensionInForce(
  project: ProjectGitOps,
  credentialVersion: string | undefined,
): Suspension | undefined {
  const { suspension } = project.status ?? {};
  if (suspension === undefined || project.spec.failurePolicy?.suspendAfter === undefined) return undefined;
  const unchanged =
    suspension.generation === project.metadata.generation &&
    suspension.credentialVersion === credentialVersion &&
    suspension.requestedAt === requestOf(project.metadata);
  return unchanged ? suspension : undefined;
}

/** The suspension that the next status records: the one in force, or a new one when the time is over. */
export function nextSuspension(
  desired: DesiredState,
  observed: Observed,
  step: Step,
  environments: readonly EnvironmentStatus[],
  now: string,
): Suspension | undefined {
  const { project } = observed;
  const inForce = suspensionInForce(project, desired.credentialVersion);
  if (inForce || step.kind !== "settled" || step.phase !== "COMPLETED") return inForce;
  const complaint = firstComplaint(environments);
  const since = failingSince(project);
  const { suspendAfter } = project.spec.failurePolicy ?? {};
  if (suspendAfter === undefined || !complaint?.failing || since === undefined) return undefined;
  if (observed.now - since < durationMs(suspendAfter)) return undefined;
  const requestedAt = requestOf(project.metadata);
  return {
    since: now,
    message: fit(complaint.message),
    generation: project.metadata.generation ?? 0,
    ...(desired.credentialVersion ? { credentialVersion: desired.credentialVersion } : {}),
    ...(requestedAt ? { requestedAt } : {}),
  };
}

/** Since when this very spec is not Ready, in milliseconds since the epoch. */
function failingSince({ metadata, status }: ProjectGitOps): number | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "False" || ready.observedGeneration !== metadata.generation) return undefined;
  const since = Date.parse(ready.lastTransitionTime);
  return Number.isNaN(since) ? undefined : since;
}
