import type { Secret } from "kubernetes-types/core/v1";
import { type GitUrl, parseGitUrl } from "../api/git-url.ts";
import { credentialSecretName } from "../api/names.ts";
import { type GitCredential, readGitSecret, secretPayload } from "../git/index.ts";
import { type BunK8sClient, type CallOptions, SECRETS } from "../kube/index.ts";
import { CredentialError } from "./credential-error.ts";

/** Field manager of what the services write, so that nobody takes it for the operator's. */
export const SERVICES_MANAGER = "projectgitops-services";

/** Where a project's code is: what a credential has to fit. */
export interface ProjectGit {
  /** https://…, ssh://… or git@host:owner/repo.git; never with a password. */
  url: string;
  /** Host keys to trust, as known_hosts has them. Absent: the credential's, else the published ones of well-known hosts. */
  knownHosts?: string | undefined;
}

/**
 * Writes a credential into the Secret `{namespace}/{projectId}-git`, the one that a ProjectGitOps made here names.
 * It is judged before, by the rules that the operator will judge it by.
 * @throws CredentialError before anything is written; K8sApiError 409 where someone else has written other values
 */
export async function storeCredential(
  client: BunK8sClient,
  at: { namespace: string; projectId: string },
  git: ProjectGit,
  credential: GitCredential,
  options: CallOptions,
): Promise<Secret> {
  const metadata = { namespace: at.namespace, name: credentialSecretName(at.projectId) };
  const { data } = secretPayload(credential, credential.kind === "ssh" ? credential.knownHosts : undefined);
  const read = readGitSecret({ metadata, data }, readableUrl(git.url), git.knownHosts);
  if (read.kind === "problem") throw new CredentialError(read);
  // Opaque, because a Secret's type cannot be changed, and a project may go from an SSH key to a token.
  const secret: Secret = { metadata, type: "Opaque", data };
  return client.apply(SECRETS, secret, { ...options, fieldManager: SERVICES_MANAGER });
}

/** @throws CredentialError with the words that admission refuses it with */
export function readableUrl(text: string): GitUrl {
  const url = parseGitUrl(text);
  if (url.kind === "ok") return url;
  throw new CredentialError({ reason: "InvalidSpec", message: `git.url ${url.message}` });
}
