/** The ways in which one request can fail, and what kills the operator at a write. */
export const FAULTS = [
  /** The connection breaks before the API server has seen anything. */
  "lost",
  /** Done, and the connection breaks before the answer. */
  "answer-lost",
  /** Done, and the connection is reset in the middle of the answer. */
  "reset",
  "409",
  "429",
  "500",
  "503",
  /** No answer until the operator gives up; never done. */
  "timeout",
  /** No answer until the operator gives up; done after that. Writes only. */
  "late",
  /** An answer from a cache that is behind, as far as the request allows it. Lists only. */
  "stale",
  /** kill -9 before the write is sent, and a new process. Writes only, like the next two. */
  "kill-before",
  /** kill -9 while the write is on its way: it lands when the new process is at work. */
  "kill-at",
  /** kill -9 when the write is done, before its answer is read. */
  "kill-after",
] as const;
export type Fault = (typeof FAULTS)[number];

/** One answer of the API server, or of the proxy in its place. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export const isKill = (fault: Fault): boolean => fault.startsWith("kill-");

/** Faults that this request can meet. */
export const faultsFor = ({ isWrite, signature }: { isWrite: boolean; signature: string }): Fault[] =>
  FAULTS.filter((fault) => {
    // The git host's own conflicts have tests of their own, adapter by adapter.
    if (fault === "409" && signature.startsWith("host ")) return false;
    if (fault === "late" || isKill(fault)) return isWrite;
    // A consistent list is never stale.
    return fault !== "stale" || /^list .* (any|notOlderThan)$/.test(signature);
  });

const REFUSALS: Partial<
  Record<Fault, { reason: string; message: string; headers?: Record<string, string> }>
> = {
  "409": { reason: "Conflict", message: "Operation cannot be fulfilled: the object has been modified" },
  "429": {
    reason: "TooManyRequests",
    message: "the server has received too many requests and has asked us to try again later",
    headers: { "retry-after": "1" },
  },
  "500": { reason: "InternalError", message: "Internal error occurred: failed calling webhook" },
  "503": { reason: "ServiceUnavailable", message: "the server is currently unable to handle the request" },
};

/**
 * The answer in the API server's place, for those faults that have one.
 * @param echo repeated in the message, as admission webhooks do with what they were sent
 */
export function refusal(fault: Fault, echo: string): Answer | undefined {
  const said = REFUSALS[fault];
  if (said === undefined) return undefined;
  const status = Number(fault);
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `${said.message}${echo && `: ${echo}`}`,
    reason: said.reason,
    code: status,
  };
  return {
    status,
    headers: { "content-type": "application/json", ...said.headers },
    body: JSON.stringify(body),
  };
}
