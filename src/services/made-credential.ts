import { apiUrlOf, type CredentialKind, type Provider } from "../api/generate.ts";
import { credentialSecretName } from "../api/names.ts";
import {
  HostBudget,
  makeOnce,
  openHost,
  parseCredential,
  readHostCredential,
  repositoryOnHost,
} from "../git/index.ts";
import { type BunK8sClient, type CallOptions, isNotFound, SECRETS } from "../kube/index.ts";
import { CredentialError } from "./credential-error.ts";
import { type ProjectGit, readableUrl } from "./credential-secret.ts";
import { secretOf, textsOf } from "./secret-texts.ts";

/** Where a credential is made and registered, and what the host's API is asked with. */
export interface MakeCredential {
  provider: Provider;
  /** https://host[:port]; default the provider's public address. */
  apiURL?: string;
  /** deployKey (default) for ssh URLs, accessToken for https URLs. */
  kind?: CredentialKind;
  /** Default true. */
  readOnly?: boolean;
  /** `{token}`, `{username, password}` or the fields of a GitHub App; `ca.crt` for an own certificate authority. */
  hostCredential: Record<string, string>;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/**
 * Makes a deploy key or token under the title `projectgitops-services {namespace}/{projectId}`, once: the keys of the
 * project's Secret, in plain text.
 * @throws CredentialError where hostCredential or the URL cannot be used; HostError with the host's answer
 */
export async function makeCredential(
  client: BunK8sClient,
  at: { namespace: string; projectId: string },
  git: ProjectGit & { make: MakeCredential },
  options: CallOptions,
): Promise<Record<string, string>> {
  const { kind = "deployKey", readOnly = true, hostCredential, ...where } = git.make;
  const url = readableUrl(git.url);
  const signIn = readHostCredential(secretOf({ name: "hostCredential" }, hostCredential), { ...where, kind });
  if (signIn.kind === "problem") throw new CredentialError(signIn);
  const repository = repositoryOnHost(where, url);
  const [clock, allowed] = [Date.now, [new URL(apiUrlOf(where)).host]];
  const host = openHost(repository, signIn, { ...options, allowed, clock, budget: new HostBudget(clock) });
  const title = `projectgitops-services ${at.namespace}/${at.projectId}`;
  const expiresAt = new Date(clock() + YEAR_MS).toISOString();
  const stored = await readStored(client, at, options);
  const kept = stored && parseCredential(stored, url);
  const wish = { kind, repository: repository.path, title, readOnly, expiresAt };
  const made = await makeOnce(host, wish, kept?.kind === "problem" ? undefined : kept);
  const ca = kind === "accessToken" ? hostCredential["ca.crt"] : undefined;
  return made ? { ...made, ...(ca ? { "ca.crt": ca } : {}) } : textsOf(stored ?? {});
}

async function readStored(
  client: BunK8sClient,
  { namespace, projectId }: { namespace: string; projectId: string },
  options: CallOptions,
) {
  try {
    return await client.get(SECRETS, { namespace, name: credentialSecretName(projectId) }, options);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
