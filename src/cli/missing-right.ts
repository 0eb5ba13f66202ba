import { GROUP, PLURAL } from "../api/names.ts";
import { shellWord } from "./shell.ts";

/** A right that the API server's authorizer found missing. */
export interface MissingRight {
  user: string;
  verb: string;
  /** `secrets`, or `projectgitops/status`. */
  resource: string;
  /** "" for the core group. */
  group: string;
  /** Undefined: the right is missing for the whole cluster. */
  namespace: string | undefined;
}

/**
 * Reads the right out of the words of a 403. They are the authorizer's own and the only place where the user's name
 * stands; a 403 of another origin (a quota, a policy, a namespace that is going) has other words.
 * Source: apiserver, responsewriters.ForbiddenStatusError
 */
export function missingRight(serverMessage: string): MissingRight | undefined {
  const [, user, verb, resource, group, namespace] =
    /User "([^"]*)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
      serverMessage,
    ) ?? [];
  if (user === undefined || verb === undefined || resource === undefined) return undefined;
  return { user, verb, resource, group: group ?? "", namespace };
}

/** `patch projectgitops.projectgitops.dev in namespace platform`. */
export function rightText({ verb, resource, group, namespace }: MissingRight): string {
  const kind = group === "" ? resource : `${resource}.${group}`;
  return `${verb} ${kind} ${namespace === undefined ? "in the cluster" : `in namespace ${namespace}`}`;
}

/** What an administrator types to grant it: our own ClusterRoles where they hold it, else a role of just this right. */
export function grantCommand(right: MissingRight): string {
  const { verb, resource, group, namespace } = right;
  const scope = namespace === undefined ? "" : ` -n ${namespace}`;
  const binding = namespace === undefined ? "clusterrolebinding" : "rolebinding";
  const name = shellWord(`${nameOf(right.user)}-${verb}-${resource.replaceAll("/", "-")}`);
  const bind = (role: string) => `kubectl create ${binding} ${name}${scope} ${role} ${subject(right.user)}`;
  const ours = group === GROUP && resource === PLURAL ? roleOf(verb) : undefined;
  if (ours !== undefined) return bind(`--clusterrole=${ours}`);
  const kind = namespace === undefined ? "clusterrole" : "role";
  const target = group === "" ? resource : withGroup(resource, group);
  const create = `kubectl create ${kind} ${name}${scope} --verb=${verb} --resource=${target}`;
  return `${create} && ${bind(`--${kind}=${name}`)}`;
}

const READING: ReadonlySet<string> = new Set(["get", "list", "watch"]);
const CHANGING: ReadonlySet<string> = new Set(["create", "update", "patch", "delete"]);

/** The ClusterRole of deploy/user-roles.yaml that holds it. */
function roleOf(verb: string): string | undefined {
  if (READING.has(verb)) return "projectgitops-view";
  return CHANGING.has(verb) ? "projectgitops-edit" : undefined;
}

/** kubectl takes `resource.group/subresource`. */
function withGroup(resource: string, group: string): string {
  const [plural = "", ...subresource] = resource.split("/");
  return [`${plural}.${group}`, ...subresource].join("/");
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

function subject(user: string): string {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(user) ?? [];
  return name === undefined ? `--user=${shellWord(user)}` : `--serviceaccount=${namespace}:${name}`;
}

/** Of a user's name what the name of a binding may hold. */
const nameOf = (user: string): string =>
  (SERVICE_ACCOUNT.exec(user)?.[2] ?? user)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "user";
