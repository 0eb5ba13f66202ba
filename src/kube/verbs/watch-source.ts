import type { Status } from "kubernetes-types/meta/v1";
import { ofStatus, unexpected } from "../http/answer.ts";
import type { ApiCall } from "../http/call.ts";
import type { Caller } from "../http/caller.ts";
import type { KubeList, KubeObject } from "../objects.ts";
import type { WatchOptions } from "../options.ts";
import type { ResourceType } from "../resources.ts";
import { METADATA, METADATA_LIST } from "./forms.ts";
import { listCall, withKinds } from "./list-call.ts";
import type { WatchEvent, WatchSource } from "./watch.ts";

/**
 * The API server sends a bookmark about once a minute, so this much silence means a dead connection. The server
 * is asked to end the stream itself before that, so that no watch lives for ever on one server of several.
 */
const DEFAULT_SILENCE_MS = 180_000;

/** The list and the event stream of one kind. */
export function watchSource<T extends KubeObject>(
  caller: Caller,
  resource: ResourceType<T>,
  options: WatchOptions,
): WatchSource<T> {
  const {
    namespace,
    labelSelector,
    fieldSelector,
    metadataOnly = false,
    silenceMs = DEFAULT_SILENCE_MS,
  } = options;
  const chosen = {
    ...(namespace !== undefined && { namespace }),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
  return {
    async list() {
      const list = await caller.json(
        listCall(resource, chosen, metadataOnly ? METADATA_LIST : undefined),
        options,
      );
      if (!metadataOnly) return withKinds(resource, list as KubeList<T>);
      // Of nothing the metadata-only form has null.
      return { ...(list as KubeList<T>), items: (list as KubeList<T>).items ?? [] };
    },
    async *events(resourceVersion) {
      const call = watchCall(resource, { ...chosen, resourceVersion }, silenceMs);
      if (metadataOnly) call.accept = METADATA;
      const stream = await caller.open(call, options);
      for await (const line of stream.lines({ silenceMs, lastLine: "drop" })) {
        if (line !== "") yield parseEvent<T>(call, stream.response, line);
      }
    },
  };
}

function watchCall(
  resource: ResourceType,
  chosen: Parameters<typeof listCall>[1],
  silenceMs: number,
): ApiCall {
  const call = listCall(resource, chosen);
  // Spread over a quarter, so that many watches do not come back all at once.
  const timeoutSeconds = Math.max(1, Math.floor((silenceMs / 1000) * (0.7 + Math.random() * 0.25)));
  return {
    ...call,
    verb: "watch",
    query: { ...call.query, watch: true, allowWatchBookmarks: true, timeoutSeconds },
  };
}

function parseEvent<T extends KubeObject>(call: ApiCall, response: Response, line: string): WatchEvent<T> {
  let event: { type?: string; object?: KubeObject };
  try {
    event = JSON.parse(line);
  } catch {
    throw unexpected(call, response, "a watch event that is not JSON");
  }
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type: event.type, object: event.object as T };
    case "BOOKMARK":
      return { type: "BOOKMARK", resourceVersion: event.object?.metadata?.resourceVersion ?? "" };
    case "ERROR":
      throw ofStatus(call, response, event.object as Status);
    default:
      throw unexpected(call, response, "a watch event of unknown type");
  }
}
