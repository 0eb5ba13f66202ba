/** What was waited for did not come; it may still come later, since nothing was taken back. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
  /** How long it was waited for. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number, lastSeen: string) {
    super(`${what}: not within ${Math.round(timeoutMs / 1000)} s; ${lastSeen}`);
    this.timeoutMs = timeoutMs;
  }
}
