import { ANNOTATIONS } from "../api/names.ts";
import type { Condition, ProjectGitOps } from "../api/schema.ts";

/** Where a project stands, for one who waits for it. */
export type Standing =
  | { kind: "ready" }
  /** Waiting alone does not help. */
  | { kind: "stuck"; message: string }
  | { kind: "under way"; message: string };

/**
 * Reads it from the status as far as that speaks of the object as it is now: an old Ready, from before a change or a
 * request, is no answer. Pure.
 */
export function standingOf(project: ProjectGitOps): Standing {
  const { metadata, status } = project;
  const ready = conditionOf(project, "Ready");
  const said = ready?.message ?? status?.message;
  if (status?.observedGeneration !== metadata.generation) {
    return { kind: "under way", message: "the operator has not seen this version yet" };
  }
  if (status?.lastHandledReconcileAt !== metadata.annotations?.[ANNOTATIONS.requestedAt]) {
    return { kind: "under way", message: "the operator has not answered the last request yet" };
  }
  const message = said ?? "the operator says nothing";
  if (ready?.reason === "Suspended") return { kind: "stuck", message };
  if (ready?.status === "True") return { kind: "ready" };
  const stalled = conditionOf(project, "Stalled")?.status === "True";
  return stalled || status?.phase === "FAILED" ? { kind: "stuck", message } : { kind: "under way", message };
}

export const conditionOf = ({ status }: ProjectGitOps, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);
