/** Base of everything that this client rejects with, except the reason of the caller's own AbortSignal. */
export class KubeError extends Error {
  override name = "KubeError";
}
