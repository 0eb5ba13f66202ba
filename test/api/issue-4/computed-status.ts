import type { ProjectGitOps } from "../../../src/api/schema.ts";

/** What kstatus makes of an object, as Flux, kubectl plugins and Argo CD see it. */
export type ComputedStatus = "Terminating" | "InProgress" | "Failed" | "Current";

/**
 * kstatus' rules for a custom resource, in their order.
 * Source: sigs.k8s.io/cli-utils (fluxcd/cli-utils v1.2.3) pkg/kstatus/status: generic.go and checkReadyCondition in status.go.
 */
export function computedStatus({ metadata, status }: ProjectGitOps): ComputedStatus {
  if (metadata.deletionTimestamp) return "Terminating";
  const { observedGeneration, conditions = [] } = status ?? {};
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return "InProgress";
  for (const { type, status: value } of conditions) {
    if (type === "Reconciling" && value === "True") return "InProgress";
    if (type === "Stalled" && value === "True") return "Failed";
  }
  const ready = conditions.find(({ type }) => type === "Ready");
  return ready === undefined || ready.status === "True" ? "Current" : "InProgress";
}

/** What our own words say: the phase and Ready, of a status that speaks of this generation. */
export function ourStatus({ metadata, status }: ProjectGitOps): ComputedStatus {
  if (status?.phase === "DELETING" || metadata.deletionTimestamp) return "Terminating";
  if (status?.observedGeneration !== metadata.generation || status?.phase === "ROLLING_BACK")
    return "InProgress";
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") return "Current";
  // Terminal: a set-up that ended, or a conflict that only somebody else can end.
  const ended = status?.phase === "FAILED" || (ready && TERMINAL.has(ready.reason));
  return ended ? "Failed" : "InProgress";
}

const TERMINAL: ReadonlySet<string> = new Set([
  "HeldByAnother",
  "DuplicateProject",
  "NestedProject",
  "InvalidSpec",
  "CredentialHostChanged",
  "FieldConflict",
  "FailingForLong",
]);
