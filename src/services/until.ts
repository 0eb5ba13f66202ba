import type { BunK8sClient, KubeObject, Ref, ResourceType } from "../kube/index.ts";
import { NotInTime } from "./not-in-time.ts";

export interface Until<T extends KubeObject, R> {
  /** What is waited for, as it stands in the error. */
  what: string;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Looks at each state of the object, undefined when it was deleted; what it returns ends the waiting. */
  look: (object: T | undefined) => R | undefined;
  /** What to tell of the last state when the time is over. */
  describe: (last: T | undefined) => string;
}

/**
 * Follows one object by a watch until `look` has an answer: no interval, and no state is missed that lasts.
 * @throws NotInTime, the signal's reason, what `look` throws, or what the API server refuses
 */
export async function until<T extends KubeObject, R>(
  client: BunK8sClient,
  resource: ResourceType<T>,
  { namespace, name }: Ref,
  { what, timeoutMs, signal, look, describe }: Until<T, R>,
): Promise<R> {
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeoutMs);
  const either = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  let last: T | undefined;
  let trouble: Error | undefined;
  const options = {
    ...(namespace && { namespace }),
    fieldSelector: `metadata.name=${name}`,
    signal: either,
    onRetry: (error: Error) => {
      trouble = error;
    },
  };
  try {
    for await (const event of client.watch(resource, options)) {
      trouble = undefined;
      // A bookmark ends the first list: by then an object that is not there has been looked for.
      if (event.type !== "BOOKMARK") last = event.type === "DELETED" ? undefined : event.object;
      const answer = look(last);
      if (answer !== undefined) return answer;
    }
  } finally {
    clearTimeout(timer);
  }
  signal?.throwIfAborted();
  throw new NotInTime(what, timeoutMs, describe(last), trouble);
}
