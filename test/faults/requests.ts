import { namespaceName } from "../../src/api/names.ts";
import type { Incoming } from "./proxy.ts";
import { ENVIRONMENTS } from "./scenarios.ts";

/** The names that one trial uses, and nobody else. */
export interface Names {
  /** Namespace of the ProjectGitOps. */
  platform: string;
  projectId: string;
}

/** One request of a trial, as the proxy saw it. */
export interface Entry {
  /** Tells requests of equal content apart from others, whatever the names of the trial. */
  signature: string;
  method: string;
  isWrite: boolean;
  isEvent: boolean;
  /** What the API server answered; absent as long as it has not, or when it was never asked. */
  code?: number;
  /** The object that a POST creates, `collection/name`. */
  creates?: string;
  /** A write to an object that is there, without saying which one of that name is meant. */
  isByNameAlone: boolean;
  /** Which of the trial's processes sent it. */
  process: number;
  /** Milliseconds of the monotonic clock. */
  at: number;
}

/** Reads off a request what it is, without the names of this trial and without versions. */
export function describeRequest(
  incoming: Incoming,
  names: Names,
): Pick<Entry, "signature" | "method" | "isWrite" | "isEvent" | "isByNameAlone" | "creates"> {
  const { method, target, body } = incoming;
  const url = new URL(target, "https://api");
  const isWrite = method !== "GET";
  const isEvent = url.pathname.startsWith("/apis/events.k8s.io/");
  const name = method === "POST" && !isEvent ? nameIn(body) : "";
  const created = `${url.pathname}/${name}`;
  const path = withoutNames(name === "" ? url.pathname : created, names);
  const verb = isList(incoming, url.pathname) ? "list" : VERBS[method];
  const type =
    method === "PATCH" ? ` ${incoming.headers["content-type"]?.replace(/^application\//, "")}` : "";
  const freshness = verb === "list" ? ` ${freshnessOf(url.searchParams)}` : "";
  return {
    signature: `${verb} ${path}${type}${freshness}`,
    method,
    isWrite,
    isEvent,
    isByNameAlone: isByNameAlone(incoming),
    ...(name === "" ? {} : { creates: created }),
  };
}

/** Reads off a request to the git host what it is. */
export function describeHostRequest(
  { method, target }: Incoming,
  names: Names,
): Pick<Entry, "signature" | "method" | "isWrite" | "isEvent" | "isByNameAlone"> {
  const { pathname } = new URL(target, "https://host");
  const path = withoutNames(pathname, names).replace(/\/keys\/\d+$/, "/keys/ID");
  return {
    signature: `host ${VERBS[method]} ${path}`,
    method,
    isWrite: method !== "GET",
    isEvent: false,
    isByNameAlone: false,
  };
}

export const withoutNames = (text: string, { platform, projectId }: Names): string =>
  text.replaceAll(platform, "PLATFORM").replaceAll(projectId, "PROJECT");

/** The list as a lagging cache may have given it before: everything but the version that is asked for. */
export function listKey({ target, headers }: Incoming): string {
  const url = new URL(target, "https://api");
  url.searchParams.delete("resourceVersion");
  url.searchParams.delete("resourceVersionMatch");
  return `${url.pathname}${url.search} ${headers["accept"]}`;
}

/** The oldest version that a list may show; undefined when it has to be consistent. */
export function oldestAllowed({ target }: Incoming): number | undefined {
  const version = new URL(target, "https://api").searchParams.get("resourceVersion");
  return version === null ? undefined : Number(version);
}

/**
 * Narrows the operator's lists over the whole cluster to this trial's own project. Hundreds of trials share one
 * API server; without it each would read the objects of all.
 */
export function narrowed(incoming: Incoming, names: Names): Incoming {
  if (incoming.method !== "GET") return incoming;
  const url = new URL(incoming.target, "https://api");
  const selector = url.searchParams.get("labelSelector");
  if (selector !== null)
    url.searchParams.set("labelSelector", `${selector},projectgitops.dev/project=${names.projectId}`);
  else if (url.pathname === "/api/v1/namespaces") url.searchParams.set("labelSelector", namespacesOf(names));
  else return incoming;
  return { ...incoming, target: `${url.pathname}${url.search}` };
}

/** The holding Namespace, and those of the project's environments. */
function namespacesOf({ platform, projectId }: Names): string {
  const own = ENVIRONMENTS.map((name) => namespaceName(projectId, name));
  return `kubernetes.io/metadata.name in (${[platform, ...own].join(",")})`;
}

/** Rule 5: a DELETE has uid and resourceVersion as preconditions, every other write but a POST names one of them. */
function isByNameAlone({ method, body }: Incoming): boolean {
  if (method === "GET" || method === "POST") return false;
  const sent = JSON.parse(body || "{}") as Json | { op: string; path: string }[];
  if (Array.isArray(sent)) return !sent.some(({ path }) => path === "/metadata/resourceVersion");
  if (method !== "DELETE") return sent.metadata?.uid === undefined;
  return sent.preconditions?.uid === undefined || sent.preconditions.resourceVersion === undefined;
}

interface Json {
  metadata?: { uid?: string };
  preconditions?: { uid?: string; resourceVersion?: string };
}

const VERBS: Record<string, string> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const COLLECTIONS =
  /\/(namespaces|secrets|serviceaccounts|rolebindings|gitrepositories|kustomizations|helmreleases|projectgitops)$/;

const isList = ({ method }: Incoming, path: string): boolean => method === "GET" && COLLECTIONS.test(path);

function freshnessOf(query: URLSearchParams): string {
  const version = query.get("resourceVersion");
  if (version === null) return "consistent";
  return version === "0" ? "any" : "notOlderThan";
}

function nameIn(body: string): string {
  const { metadata } = JSON.parse(body) as { metadata?: { name?: string } };
  return metadata?.name ?? "";
}
