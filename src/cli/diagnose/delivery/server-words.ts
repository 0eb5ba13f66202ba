/** What Flux quotes of the API server's refusals: structured, but only inside a message. Everything here is pure. */

/** An object as Flux names it at the head of a message: `ConfigMap/namespace/name`, `ClusterRole/name`. */
export interface Named {
  readonly kind: string;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
}

export function objectIn(message: string): Named | undefined {
  const [, kind, namespace = "", name] =
    /^([A-Z]\w*)\/(?:([^/\s]+)\/)?([^/\s]+) (?:dry-run|apply|not found|namespace not|immutable|failed)/.exec(
      message,
    ) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind, namespace, name };
}

export const nameOf = ({ kind, namespace, name }: Named): string =>
  namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

/** A right that RBAC did not find. */
export interface MissingRight {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  /** "" for the core group. */
  readonly group: string;
  /** Undefined at the cluster scope. */
  readonly namespace: string | undefined;
}

const RIGHT =
  /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)" (?:in the namespace "([^"]+)"|at the cluster scope)/;

export function missingRight(message: string): MissingRight | undefined {
  const [, user, verb = "", resource = "", group = "", namespace] = RIGHT.exec(message) ?? [];
  if (user === undefined) return undefined;
  // A Namespace is cluster-scoped, and yet the API server tells of it as if it stood in itself.
  const isNamespace = group === "" && resource === "namespaces";
  return { user, verb, resource, group, namespace: isNamespace ? undefined : namespace };
}

/** `namespace` and `name` of the ServiceAccount that this user is. */
export function serviceAccountOf(user: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Rights that a Role or RoleBinding would hand out and its writer does not hold, as the API server lists them. */
export const grantsTooMuch = (message: string): string | undefined =>
  /is attempting to grant RBAC permissions not currently held:\s*([\s\S]*)$/
    .exec(message)?.[1]
    ?.replaceAll(/\s+/g, " ")
    .trim();

export interface UnknownKind {
  readonly kind: string;
  /** `group/version`. */
  readonly apiVersion: string;
}

export function unknownKind(message: string): UnknownKind | undefined {
  const [, kind, apiVersion] = /no matches for kind "([^"]+)" in version "([^"]+)"/.exec(message) ?? [];
  return kind === undefined || apiVersion === undefined ? undefined : { kind, apiVersion };
}
