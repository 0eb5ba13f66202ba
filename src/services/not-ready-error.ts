/** The project will not become Ready by waiting: it has failed, stands in someone's way, is suspended, or is gone. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
  /** `namespace/name` of the ProjectGitOps. */
  readonly project: string;
  /** Why, as in the condition Ready: Suspended, HeldByAnother, …; Deleted where it is gone. */
  readonly reason: string;

  constructor(project: string, reason: string, message: string) {
    super(`ProjectGitOps ${project}: ${reason}: ${message}`);
    this.project = project;
    this.reason = reason;
  }
}
