import type { Phase } from "../api/schema.ts";

/** A set-up ended without completing; nothing goes on until the spec, the credential or the cluster changes. */
export class SetupFailedError extends Error {
  override readonly name = "SetupFailedError";
  /** `namespace/name` of the ProjectGitOps. */
  readonly project: string;
  /** FAILED, or the phase that it stalled in. */
  readonly phase: Phase | undefined;
  /** Why, as in the conditions: HeldByAnother, QuotaExceeded, DuplicateProject, … */
  readonly reason: string;
  /** The object that it failed on first, as `Kind namespace/name`. */
  readonly object: string | undefined;

  constructor(project: string, cause: SetupCause) {
    super(`ProjectGitOps ${project}: ${cause.phase ?? "no phase"}, ${cause.reason}: ${cause.message}`);
    this.project = project;
    this.phase = cause.phase;
    this.reason = cause.reason;
    this.object = cause.object;
  }
}

export interface SetupCause {
  phase?: Phase | undefined;
  reason: string;
  /** What failed, the server's answer and what to do. */
  message: string;
  object?: string | undefined;
}
