import type { ApiCall } from "../http/call.ts";
import { objectPath } from "../http/path.ts";
import type { LogOptions } from "../options.ts";
import { PODS } from "../resources.ts";

/** The call for a Pod's log, whole or followed. */
export function logCall(namespace: string, name: string, options: LogOptions, follow: boolean): ApiCall {
  const { container, tailLines, sinceSeconds, timestamps, previous } = options;
  return {
    verb: "get",
    method: "GET",
    path: objectPath(PODS, { namespace, name }, "log"),
    query: { container, tailLines, sinceSeconds, timestamps, previous, follow: follow || undefined },
    resource: PODS.plural,
    subresource: "log",
    namespace,
    name,
    accept: "*/*",
  };
}
