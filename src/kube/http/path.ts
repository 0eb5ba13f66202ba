import { InvalidRequest } from "../errors/invalid-request.ts";
import type { Ref } from "../objects.ts";
import type { ResourceType } from "../resources.ts";

export type Query = Record<string, string | number | boolean | undefined>;

/** The path of one object. Throws InvalidRequest for names that would reach another path. */
export function objectPath(resource: ResourceType, ref: Ref, subresource?: string): string {
  const path = `${collectionPath(resource, needNamespace(resource, ref.namespace))}/${segment(ref.name, `name of the ${resource.kind}`)}`;
  return subresource === undefined ? path : `${path}/${segment(subresource, "subresource")}`;
}

/** The path of a kind in one namespace; without a namespace, in all of them. */
export function collectionPath(resource: ResourceType, namespace?: string): string {
  const { group, version, plural } = resource;
  const base =
    group === ""
      ? `/api/${segment(version, "version")}`
      : `/apis/${segment(group, "group")}/${segment(version, "version")}`;
  if (namespace === undefined) return `${base}/${segment(plural, "plural")}`;
  if (!resource.namespaced)
    throw new InvalidRequest(`${resource.kind} is cluster-scoped: leave the namespace "${namespace}" out`);
  return `${base}/namespaces/${segment(namespace, "namespace")}/${segment(plural, "plural")}`;
}

/** Where a write goes: a namespaced kind needs its namespace, so that none is written to a default by accident. */
export function needNamespace(resource: ResourceType, namespace: string | undefined): string | undefined {
  if (resource.namespaced && (namespace === undefined || namespace === "")) {
    throw new InvalidRequest(
      `${resource.kind} is namespaced: say in which namespace (the client's own is \`client.namespace\`)`,
    );
  }
  return namespace;
}

/** `?a=1&b=2`, or nothing. */
export function queryString(query: Query | undefined): string {
  if (query === undefined) return "";
  let text = "";
  for (const key in query) {
    const value = query[key];
    if (value !== undefined) text += `${text === "" ? "?" : "&"}${key}=${encodeURIComponent(value)}`;
  }
  return text;
}

/** What nearly all names are: nothing to encode, nothing to refuse. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** The rule of the API server's own path segments (apimachinery, IsValidPathSegmentName), and never empty. */
function segment(value: string, what: string): string {
  if (PLAIN.test(value)) return value;
  if (typeof value !== "string" || value === "") throw new InvalidRequest(`the ${what} is empty`);
  if (value === "." || value === ".." || /[/%]/.test(value) || !isText(value)) {
    throw new InvalidRequest(`${JSON.stringify(value)} cannot be the ${what}: it would reach another path`);
  }
  return encodeURIComponent(value);
}

/** No control characters, no half of a surrogate pair. */
function isText(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return false;
  }
  return value.isWellFormed();
}
