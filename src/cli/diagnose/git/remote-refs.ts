import { credentialSecretOf } from "../../../api/credential.ts";
import { type GitUrl, gitHostOf } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { type GitCredential, gitHostsOf, parseCredential } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { requestRefs } from "../../credential/request-refs.ts";
import type { Look } from "../look.ts";
import type { FluxObject } from "../reads/flux-objects.ts";
import { gitUrlOf } from "./credential.ts";

/** What a repository has, by short names in the host's order. */
export interface RemoteRefs {
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /** The branch that HEAD stands for. */
  readonly head: string | undefined;
}

const TIMEOUT_MS = 2000;

/**
 * Asks the git host, as Flux does: over https only, with the project's own credential, TLS verified, to the host of
 * spec.git.url and nowhere else. Undefined where it cannot be asked so: over ssh, with a Secret that may not be read
 * or not go there, and for a GitHub App.
 * @param live the GitRepository that failed: where it names another URL the operator has not sent the credential there
 */
export function remoteRefs(
  look: Look,
  project: ProjectGitOps,
  live: FluxObject,
): Promise<RemoteRefs | undefined> {
  const url = gitUrlOf(project);
  if (url?.transport !== "https" || live.spec["url"] !== url.url) return Promise.resolve(undefined);
  return look.once(`refs of ${project.metadata.namespace}/${project.metadata.name}`, async () => {
    const credential = await ownCredential(look, project, url);
    if (credential === undefined || (credential !== "none" && credential.kind === "githubApp"))
      return undefined;
    try {
      const { body, status } = await requestRefs(url, credential, AbortSignal.timeout(TIMEOUT_MS));
      // Cut short, it is enough to name a neighbour.
      return status === 200 ? parseRefs(body) : undefined;
    } catch {
      // No answer, or none that can be read: Flux's own words are told without it.
      return undefined;
    }
  });
}

async function ownCredential(
  look: Look,
  { metadata, spec }: ProjectGitOps,
  url: GitUrl,
): Promise<GitCredential | "none" | undefined> {
  const name = credentialSecretOf(spec);
  if (name === undefined) return "none";
  const { namespace } = metadata;
  const seen = await look.get(SECRETS, { namespace, name });
  if (seen.state !== "found") return undefined;
  const hosts = gitHostsOf(seen.object);
  if (hosts !== undefined && !hosts.includes(gitHostOf(url))) return undefined;
  const credential = parseCredential(seen.object, url);
  return credential.kind === "problem" ? undefined : credential;
}

/**
 * Reads the advertisement of git's smart HTTP protocol: lines with a length of four hexadecimal digits before them.
 * Source: git, gitprotocol-http. Pure.
 */
export function parseRefs(body: Buffer): RemoteRefs {
  const names: string[] = [];
  let head: string | undefined;
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString("latin1", at, at + 4), 16);
    if (Number.isNaN(length)) throw new Error("no advertisement of refs");
    // 0000 parts the sections.
    const end = at + Math.max(length, 4);
    const line = body.toString("utf8", at + 4, Math.min(end, body.length));
    head ??= /\0.*\bsymref=HEAD:refs\/heads\/(\S+)/.exec(line)?.[1];
    const name = /^[0-9a-f]{40,64} ([^\0\n]+)/.exec(line)?.[1];
    if (name !== undefined && end <= body.length) names.push(name);
    at = end;
  }
  const under = (prefix: string) =>
    names.flatMap((name) =>
      name.startsWith(prefix) && !name.endsWith("^{}") ? [name.slice(prefix.length)] : [],
    );
  return { branches: under("refs/heads/"), tags: under("refs/tags/"), head };
}
