import type { Reason } from "../api/schema.ts";

/**
 * A git credential that is missing or cannot be used. The message names the Secret, its key, and what to do;
 * it holds no byte of a credential.
 */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  /** CredentialMissing, CredentialInvalid, KnownHostsMissing; InvalidSpec for a URL that cannot be read. */
  readonly reason: Reason;
  /** The Secret's key that is missing or malformed, where there is one. */
  readonly key: string | undefined;

  constructor({ reason, key, message }: { reason: Reason; key?: string; message: string }) {
    super(message);
    this.reason = reason;
    this.key = key;
  }
}
