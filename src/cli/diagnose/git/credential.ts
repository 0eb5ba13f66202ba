import { type GitUrl, parseGitUrl } from "../../../api/git-url.ts";
import { gitSecretName } from "../../../api/names.ts";
import { redactor } from "../../../api/redact.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { type GitCredential, parseCredential, readGitSecret } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

/** The URL as Flux gets it; undefined where it is refused. */
export function gitUrlOf({ spec }: ProjectGitOps): GitUrl | undefined {
  const url = parseGitUrl(spec.git.url);
  return url.kind === "ok" ? url : undefined;
}

/** What Flux signs in with in this namespace: the copy. Undefined where there is none, or it may not be read. */
export async function credentialIn(
  look: Look,
  project: ProjectGitOps,
  namespace: string,
): Promise<GitCredential | undefined> {
  const url = gitUrlOf(project);
  if (url === undefined || project.spec.git.credential === undefined) return undefined;
  const seen = await look.get(SECRETS, { namespace, name: gitSecretName(project.spec.projectId) });
  if (seen.state !== "found") return undefined;
  const credential = parseCredential(seen.object, url);
  return credential.kind === "problem" ? undefined : credential;
}

/** Masks what the copy holds. Undefined where that is not known, and nothing of a host's own words may be told. */
export async function redactorFor(
  look: Look,
  project: ProjectGitOps,
  namespace: string,
): Promise<((text: string) => string) | undefined> {
  const url = gitUrlOf(project);
  if (project.spec.git.credential === undefined) return redactor([]);
  const seen = await look.get(SECRETS, { namespace, name: gitSecretName(project.spec.projectId) });
  if (url === undefined || seen.state !== "found") return undefined;
  const read = readGitSecret(seen.object, url, undefined);
  return read.kind === "ok" ? redactor(read.secrets) : undefined;
}
