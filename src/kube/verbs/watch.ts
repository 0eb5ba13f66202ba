import { isGone, K8sApiError } from "../errors/k8s-api-error.ts";
import { TransportError } from "../errors/transport-error.ts";
import { Backoff } from "../http/backoff.ts";
import type { KubeList, KubeObject } from "../objects.ts";
import { Seen } from "./seen.ts";

/** What happened to an object; or, for BOOKMARK, up to which version all is told. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: T }
  | { type: "BOOKMARK"; resourceVersion: string };

/** The two requests that a watch is made of. */
export interface WatchSource<T extends KubeObject> {
  list(): Promise<KubeList<T>>;
  /** The events since `resourceVersion`; ends when the server ends the stream. Rejects with what the server says in it. */
  events(resourceVersion: string): AsyncIterable<WatchEvent<T>>;
}

export interface WatchLoop {
  /** Where to start; absent: from a list of its own. */
  resourceVersion?: string | undefined;
  signal: AbortSignal;
  /** Told of each failure that the watch gets over by itself. */
  onRetry?: ((error: K8sApiError | TransportError) => void) | undefined;
}

/**
 * Events without a gap until the signal aborts. Streams that end or break are taken up again from the last version
 * told. When that version has gone (410), and the watch began with its own list, a new list tells the difference;
 * when the caller gave the version, the 410 rejects. Refusals (400, 401, 403, 404 …) reject.
 */
export async function* watch<T extends KubeObject>(
  source: WatchSource<T>,
  { resourceVersion, signal, onRetry }: WatchLoop,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const seen = resourceVersion === undefined ? new Seen<T>() : undefined;
  const backoff = new Backoff();
  let version = resourceVersion;
  while (!signal.aborted) {
    backoff.begin();
    try {
      if (version === undefined) {
        const list = await source.list();
        yield* seen?.differences(list.items) ?? [];
        version = list.metadata.resourceVersion ?? "0";
        yield { type: "BOOKMARK", resourceVersion: version };
      }
      for await (const event of source.events(version)) {
        if (signal.aborted) return;
        version = versionOf(event) ?? version;
        if (event.type !== "BOOKMARK") seen?.note(event);
        backoff.worked();
        yield event;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof K8sApiError || error instanceof TransportError)) throw error;
      if (seen !== undefined && isLost(error)) version = undefined;
      else if (!passes(error)) throw error;
      backoff.failed(error instanceof K8sApiError ? error.retryAfterSeconds : undefined);
      onRetry?.(error);
    }
    await backoff.pause(signal);
  }
}

/** The version is too old for the server, or (a restored etcd) from its future. */
function isLost(error: K8sApiError | TransportError): boolean {
  return (
    isGone(error) ||
    (error instanceof K8sApiError && error.causes.some((cause) => cause.reason === "ResourceVersionTooLarge"))
  );
}

/** What a later try can get over: no connection, too much load, a server's fault. */
function passes(error: K8sApiError | TransportError): boolean {
  return error instanceof TransportError || error.statusCode === 429 || error.statusCode >= 500;
}

function versionOf(event: WatchEvent): string | undefined {
  return event.type === "BOOKMARK" ? event.resourceVersion : event.object.metadata?.resourceVersion;
}
