import { sleep } from "../http/backoff.ts";
import type { KubeObject } from "../objects.ts";

/** One difference between two lists. */
export interface Change<T extends KubeObject = KubeObject> {
  type: "added" | "changed" | "removed";
  /** The object now; for a removed one, as it was last seen. */
  object: T;
}

export interface PollOptions<T extends KubeObject> {
  /** Milliseconds from the end of one round to the start of the next. */
  interval: number;
  list: (signal: AbortSignal) => Promise<{ items: T[] }>;
  onChange: (change: Change<T>) => unknown;
  onError?: ((error: unknown) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

/** A running poll. */
export interface Polling {
  /** Ends it; a list under way is given up. */
  stop(): void;
  /** Resolves when it has ended, after the last onChange has. */
  readonly done: Promise<void>;
}

/**
 * Lists again and again and tells what is different, by uid and resourceVersion. Rounds never overlap. A change
 * counts as told only when onChange has returned (or its promise resolved): after a failing list or a failing
 * onChange the next round tells it.
 */
export function startPolling<T extends KubeObject>(options: PollOptions<T>): Polling {
  const controller = new AbortController();
  const stop = () => controller.abort();
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop, { once: true });
  const done = run(options, controller.signal).finally(() =>
    options.signal?.removeEventListener("abort", stop),
  );
  return { stop, done };
}

async function run<T extends KubeObject>(options: PollOptions<T>, signal: AbortSignal): Promise<void> {
  const told = new Map<string, T>();
  while (!signal.aborted) {
    try {
      const { items } = await options.list(signal);
      await tellChanges(told, items, options.onChange, signal);
    } catch (error) {
      if (!signal.aborted) await tellError(options.onError, error);
    }
    await sleep(options.interval, signal);
  }
}

async function tellChanges<T extends KubeObject>(
  told: Map<string, T>,
  items: T[],
  onChange: (change: Change<T>) => unknown,
  signal: AbortSignal,
): Promise<void> {
  const present = new Map(items.map((item) => [keyOf(item), item]));
  // Removals first: an object made anew under the same name has another uid, and is told as removed, then added.
  for (const [key, object] of told) {
    if (signal.aborted) return;
    if (present.has(key)) continue;
    await onChange({ type: "removed", object });
    told.delete(key);
  }
  for (const [key, object] of present) {
    if (signal.aborted) return;
    const before = told.get(key);
    if (before?.metadata?.resourceVersion === object.metadata?.resourceVersion && before !== undefined)
      continue;
    await onChange({ type: before === undefined ? "added" : "changed", object });
    told.set(key, object);
  }
}

async function tellError(onError: ((error: unknown) => unknown) | undefined, error: unknown): Promise<void> {
  try {
    await onError?.(error);
  } catch {
    // A poll outlives a failing error handler.
  }
}

function keyOf(object: KubeObject): string {
  const { namespace = "", name = "", uid = "" } = object.metadata ?? {};
  return `${namespace}/${name}/${uid}`;
}
