import type { Generate } from "../../../api/generate.ts";
import { apiUrlOf } from "../../../api/generate.ts";
import type { GitUrl } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import {
  type GitHost,
  gitHostsOf,
  HostBudget,
  HostError,
  openHost,
  readHostCredential,
  repositoryOnHost,
  type SecretLike,
} from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import type { Look } from "../../diagnose/look.ts";
import { type Check, failed, ok, unknown } from "./check.ts";

export interface HostApiOptions {
  /** Hosts that the person names as good for the host credential. */
  readonly gitHosts: readonly string[];
  readonly signal: AbortSignal;
  readonly clock: () => number;
}

/** Asks the git host's API as the operator does, from this machine, whether it may manage this repository's credentials. */
export async function hostApi(
  look: Look,
  project: ProjectGitOps,
  generate: Generate,
  url: GitUrl,
  options: HostApiOptions,
): Promise<Check[]> {
  const { namespace } = project.metadata;
  const { name } = generate.hostCredentialRef;
  const seen = await look.get(SECRETS, { namespace, name });
  if (seen.state === "closed")
    return [unknown("hostAPI", `not asked: you may not read Secret ${namespace}/${name}`)];
  if (seen.state === "missing")
    return [failed("hostAPI", `Secret ${namespace}/${name}, which hostCredentialRef names, does not exist`)];
  const credential = readHostCredential(seen.object, generate);
  if (credential.kind === "problem") return [failed("hostAPI", credential.message)];
  const repository = repositoryOnHost(generate, url);
  const allowed = hostsAllowed(project, generate, seen.object, options.gitHosts);
  try {
    const { signal, clock } = options;
    const budget = new HostBudget(clock);
    const host = openHost(repository, credential, { allowed, budget, clock, signal });
    const found = await host.probe(generate.kind, repository.path);
    return [ok("hostAPI", found), ...(await registered(host, project, generate, repository.path))];
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return [told("hostAPI", error, generate)];
  }
}

/**
 * Whoever writes the project writes apiURL, and must not be able to have an administrator's `test` carry the token to
 * a host of their choice: the Secret, the person, or the operator, who was there before, has to know the host.
 */
function hostsAllowed(
  { status }: ProjectGitOps,
  generate: Generate,
  secret: SecretLike,
  named: readonly string[],
): readonly string[] | undefined {
  const { host } = new URL(apiUrlOf(generate));
  const registeredAt = status?.credential?.url && URL.parse(status.credential.url)?.host;
  const isKnown = named.includes(host) || gitHostsOf(secret)?.includes(host) || registeredAt === host;
  return isKnown ? [host] : undefined;
}

/** Whether the credential in force is still there. */
async function registered(
  host: GitHost,
  { metadata, status }: ProjectGitOps,
  { kind }: Generate,
  path: string,
): Promise<Check[]> {
  const { title, lastRotated } = status?.credential ?? {};
  if (title === undefined || lastRotated === undefined)
    return [unknown("registered", "the operator has made none yet")];
  const there = await host.list(kind, path, title);
  const one = there.find((other) => other.title === title);
  if (one) return [ok("registered", `${JSON.stringify(title)} is there: ${one.url}`)];
  const again = `projectgitops credential rotate ${metadata.name} -n ${metadata.namespace}`;
  return [failed("registered", `${JSON.stringify(title)} is not there any more`, again)];
}

function told(check: Check["check"], error: HostError, generate: Generate): Check {
  const { host } = new URL(apiUrlOf(generate));
  if (error.reason === "HostNotAllowed")
    return unknown(
      check,
      `not asked: nobody has said that Secret ${generate.hostCredentialRef.name} may be sent to ${host}`,
      `if ${host} is the git host: again with --git-hosts ${host}`,
    );
  return error.isTransient ? unknown(check, error.message) : failed(check, error.message);
}
