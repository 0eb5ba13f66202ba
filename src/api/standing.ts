import { requestOf } from "./request.ts";
import type { Condition, ProjectGitOps } from "./schema.ts";

/** Where a project stands, for one who waits for it. */
export type Standing =
  | { kind: "ready" }
  /** Waiting alone does not help. */
  | { kind: "stuck"; reason: string; message: string }
  | { kind: "under way"; message: string };

/**
 * Reads it from the status as far as that speaks of the object as it is now: an old Ready, from before a change or a
 * request, is no answer. Pure.
 */
export function standingOf(project: ProjectGitOps): Standing {
  const { status } = project;
  const ready = conditionOf(project, "Ready");
  const said = ready?.message ?? status?.message;
  if (!sees(project)) {
    return { kind: "under way", message: "the operator has not seen this version yet" };
  }
  if (!answers(project)) {
    return { kind: "under way", message: "the operator has not answered the last request yet" };
  }
  const message = said ?? "the operator says nothing";
  if (ready?.reason === "Suspended") return { kind: "stuck", reason: ready.reason, message };
  if (ready?.status === "True") return { kind: "ready" };
  const stalled = conditionOf(project, "Stalled")?.status === "True";
  const reason = ready?.reason ?? "";
  return stalled || status?.phase === "FAILED"
    ? { kind: "stuck", reason, message }
    : { kind: "under way", message };
}

/** Whether the status speaks of the object as it is now, and answers its last request. Pure. */
export const speaksOfNow = (project: ProjectGitOps): boolean => sees(project) && answers(project);

export const conditionOf = ({ status }: ProjectGitOps, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

const sees = ({ metadata, status }: ProjectGitOps): boolean =>
  status?.observedGeneration === metadata.generation;

const answers = ({ metadata, status }: ProjectGitOps): boolean =>
  status?.lastHandledReconcileAt === requestOf(metadata);
