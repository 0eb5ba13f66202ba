import type { TransportError } from "../errors/transport-error.ts";
import type { ApiCall } from "./call.ts";

/** How often a read is repeated after its connection broke. */
export const RESET_RETRIES = 2;

/**
 * Whether this answer allows another try, provided that its Retry-After asks for one. 429 and 503 say that nothing
 * was done. Other 5xx may come after the work: a repeated create could then make a second object.
 */
export function mayRepeatAfterAnswer(call: ApiCall, status: number): boolean {
  if (status === 429 || status === 503) return true;
  return status >= 500 && call.verb !== "create";
}

/** Reads are repeated after a broken connection; a write that may have arrived never is: its caller decides. */
export function mayRepeatAfterReset(call: ApiCall, error: TransportError): boolean {
  return error.code === "reset" && call.method === "GET";
}
