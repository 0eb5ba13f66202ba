/** What was waited for did not come; it may still come later, since nothing was taken back. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
  /** How long it was waited for. */
  readonly timeoutMs: number;

  /** @param cause the last failure that the waiting got over, such as a lost connection */
  constructor(what: string, timeoutMs: number, lastSeen: string, cause?: Error) {
    const trouble = cause ? `; the API server does not answer: ${cause.message}` : "";
    super(`${what}: not within ${timeoutMs / 1000} s; ${lastSeen}${trouble}`, { cause });
    this.timeoutMs = timeoutMs;
  }
}
