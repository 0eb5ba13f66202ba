import { K8sApiError } from "../errors/k8s-api-error.ts";
import type { ApiCall } from "../http/call.ts";
import type { Caller } from "../http/caller.ts";
import type { KubeObject } from "../objects.ts";
import type { CallOptions } from "../options.ts";
import { defineResource, type ResourceType } from "../resources.ts";

/** A kind by its apiVersion and kind, as in a manifest; or by what kubectl takes: plural, singular or short name, `widgets.example.com`. */
export type KindQuery = { apiVersion: string; kind: string } | { name: string };

/** The aggregated form (all groups in two answers): beta since Kubernetes 1.27, stable since 1.30. */
const AGGREGATED = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(",");

interface Group {
  metadata?: { name?: string };
  versions: { version: string; resources?: Resource[] }[];
}

interface Resource {
  resource: string;
  responseKind?: { kind?: string };
  scope: "Cluster" | "Namespaced";
  singularResource?: string;
  shortNames?: string[];
}

/** Asks the API server where a kind is served. Rejects with K8sApiError 404 when it is not. */
export async function discover<T extends KubeObject>(
  caller: Caller,
  query: KindQuery,
  options: CallOptions,
): Promise<ResourceType<T>> {
  const found =
    "kind" in query ? await byKind(caller, query, options) : await byName(caller, query.name, options);
  if (found !== undefined) return defineResource<T>(found);
  const what = "kind" in query ? `kind ${query.kind} in ${query.apiVersion}` : `kind named ${query.name}`;
  throw new K8sApiError({
    statusCode: 404,
    reason: "NotFound",
    serverMessage: `the server serves no ${what}`,
    verb: "get",
    path: "/apis",
  });
}

async function byKind(
  caller: Caller,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  options: CallOptions,
): Promise<ResourceType | undefined> {
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const path =
    group === ""
      ? `/api/${encodeURIComponent(version)}`
      : `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
  const list = (await caller.json(discoveryCall(path), options)) as {
    resources: { name: string; kind: string; namespaced: boolean }[];
  };
  const found = list.resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
  return found && { group, version, plural: found.name, kind, namespaced: found.namespaced };
}

async function byName(caller: Caller, name: string, options: CallOptions): Promise<ResourceType | undefined> {
  const [wanted = "", ...rest] = name.toLowerCase().split(".");
  const groupWanted = rest.length === 0 ? undefined : rest.join(".");
  for (const path of ["/api", "/apis"]) {
    const answer = (await caller.json(discoveryCall(path, AGGREGATED), options)) as { items?: Group[] };
    for (const group of answer.items ?? []) {
      const groupName = group.metadata?.name ?? "";
      if (groupWanted !== undefined && groupName !== groupWanted) continue;
      // Versions come in the server's order of preference.
      for (const { version, resources = [] } of group.versions) {
        const found = resources.find((resource) => isNamed(resource, wanted));
        if (found === undefined) continue;
        const { resource: plural, responseKind, scope } = found;
        return {
          group: groupName,
          version,
          plural,
          kind: responseKind?.kind ?? "",
          namespaced: scope === "Namespaced",
        };
      }
    }
  }
  return undefined;
}

function isNamed(resource: Resource, name: string): boolean {
  return (
    resource.resource === name ||
    resource.singularResource === name ||
    resource.responseKind?.kind?.toLowerCase() === name ||
    resource.shortNames?.includes(name) === true
  );
}

function discoveryCall(path: string, accept?: string): ApiCall {
  const call: ApiCall = { verb: "get", method: "GET", path, resource: path.split("/")[1] ?? "" };
  return accept === undefined ? call : { ...call, accept };
}
