import type { ApiCall } from "../http/call.ts";
import { collectionPath, type Query } from "../http/path.ts";
import type { KubeList, KubeObject } from "../objects.ts";
import type { ListOptions } from "../options.ts";
import { apiVersionOf, type ResourceType } from "../resources.ts";

/** The call that lists a kind. */
export function listCall(resource: ResourceType, options: ListOptions, accept?: string): ApiCall {
  const call: ApiCall = {
    verb: "list",
    method: "GET",
    path: collectionPath(resource, options.namespace),
    query: listQuery(options),
    resource: resource.plural,
    namespace: options.namespace,
  };
  if (accept !== undefined) call.accept = accept;
  return call;
}

export function listQuery(options: ListOptions): Query {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch, limit } = options;
  return {
    labelSelector,
    fieldSelector,
    resourceVersion,
    resourceVersionMatch,
    limit,
    continue: options.continue,
  };
}

/** The API server leaves apiVersion and kind out of a list's items; this puts them back. */
export function withKinds<T extends KubeObject>(resource: ResourceType<T>, list: KubeList<T>): KubeList<T> {
  const apiVersion = apiVersionOf(resource);
  list.items ??= [];
  for (const item of list.items) {
    item.apiVersion ??= apiVersion;
    if (resource.kind !== "") item.kind ??= resource.kind;
  }
  return list;
}
