import { type GitUrl, gitHostOf } from "../api/git-url.ts";
import { ANNOTATIONS } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { Problem } from "./observed.ts";

/** What the operator's settings and the holding Namespace let projects be (DESIGN section 3, rule 10). */
export interface Limits {
  /** --git-hosts: `host` or `host:port`; absent: any host. */
  readonly gitHosts?: readonly string[];
  /** --tenancy=strict: a Namespace without an annotation allows nothing. */
  readonly strict: boolean;
  /** The Namespace's annotations, as they are written: comma-separated, `*` for any characters. */
  readonly allowedProjects?: string;
  readonly allowedRepositories?: string;
  /** A whole number; absent: as many as the schema takes. */
  readonly maxEnvironments?: string;
}

/** Why a project may not be, before any Secret is read and anything is made; undefined when it may. Pure. */
export function notAllowed(
  { metadata, spec }: ProjectGitOps,
  url: GitUrl,
  limits: Limits,
): Problem | undefined {
  const { gitHosts } = limits;
  if (gitHosts !== undefined && !gitHosts.includes(gitHostOf(url))) {
    return {
      reason: "HostNotAllowed",
      message: `spec.git.url names ${gitHostOf(url)}, and this operator takes repositories from ${gitHosts.join(", ") || "no host"} only (its setting --git-hosts): choose another repository, or have the host added there`,
    };
  }
  const { namespace } = metadata;
  const projects = patternsOf(limits.allowedProjects, limits.strict);
  if (projects !== undefined && !projects.some((pattern) => glob(pattern).test(spec.projectId))) {
    return {
      reason: "ProjectNotAllowed",
      message: `namespace ${namespace} may hold the projects ${list(projects)} only, and projectId is ${spec.projectId}: ${addTo(ANNOTATIONS.allowedProjects, namespace, limits.allowedProjects, spec.projectId)}`,
    };
  }
  const repositories = patternsOf(limits.allowedRepositories, limits.strict);
  if (repositories !== undefined && !repositories.some((pattern) => isRepository(pattern, url))) {
    return {
      reason: "RepositoryNotAllowed",
      message: `namespace ${namespace} may name the repositories ${list(repositories)} only, and spec.git.url is ${url.url}: ${addTo(ANNOTATIONS.allowedRepositories, namespace, limits.allowedRepositories, url.url)}`,
    };
  }
  return tooMany(metadata.namespace, spec.environments.length, limits.maxEnvironments);
}

/** A limit that cannot be read allows nothing more: what it was meant to be is not guessed. */
function tooMany(namespace: string, count: number, written: string | undefined): Problem | undefined {
  if (written === undefined) return undefined;
  const isNumber = /^[0-9]{1,9}$/.test(written.trim());
  if (isNumber && count <= Number(written)) return undefined;
  const limit = isNumber
    ? `namespace ${namespace} allows ${written.trim()} for each project, and spec.environments has ${count}: leave some out`
    : `the annotation ${ANNOTATIONS.maxEnvironments} of namespace ${namespace} is "${written}", which is no whole number`;
  return {
    reason: "TooManyEnvironments",
    message: `${limit}, or have an administrator allow more: kubectl annotate --overwrite namespace ${namespace} ${ANNOTATIONS.maxEnvironments}=${count}`,
  };
}

/** Undefined where nothing is limited. */
function patternsOf(annotation: string | undefined, strict: boolean): string[] | undefined {
  if (annotation === undefined) return strict ? [] : undefined;
  return annotation
    .split(",")
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== "");
}

const list = (patterns: readonly string[]): string => patterns.join(", ") || "(none)";

const addTo = (annotation: string, namespace: string, before: string | undefined, value: string): string =>
  `choose another, or have an administrator add it: kubectl annotate --overwrite namespace ${namespace} '${annotation}=${[before, value].filter(Boolean).join(",")}'`;

const glob = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`);

/**
 * A pattern with a scheme is held against the URL as Flux gets it (`ssh://git@github.com/acme/*`, and for it also
 * `git@github.com:acme/*`), one without against host and path (`github.com/acme/*`), whatever the transport.
 */
function isRepository(written: string, url: GitUrl): boolean {
  const pattern = written.replace(/^([^/@:]+@)([^/:]+):/, "ssh://$1$2/");
  const whole = pattern.includes("://") ? url.url : url.url.replace(/^[a-z]+:\/\/([^@/]*@)?/, "");
  // A host may take dots for a way up, and then the rest of the path is not where it stands.
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(whole)) return false;
  return [whole, whole.replace(/\.git\/?$/, "")].some((one) => glob(pattern).test(one));
}
