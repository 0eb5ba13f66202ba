import { credentialSecretName } from "../api/names.ts";
import { type GitCredential, parseCredential } from "../git/index.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { CredentialError } from "./credential-error.ts";
import { type ProjectGit, readableUrl, storeCredential } from "./credential-secret.ts";
import { GitOpsService } from "./git-ops-service.ts";
import { untilCarried } from "./until-carried.ts";

export interface AuthSetup {
  projectId: string;
  /** Where the credential is kept; default the namespace of the client's context. It must exist. */
  namespace?: string;
  /** `credential`: the Secret's keys (docs/reference.md) in plain text, such as {identity} or {username, password}. */
  git: ProjectGit & { credential: Record<string, string> };
  /** True: do not wait until the environments have it, because there are none yet. Default false. */
  skipK8sSecrets?: boolean;
  /** Milliseconds to wait for the environments; default two minutes, two resync intervals of the operator. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Keeps a project's git credential in a Secret beside its ProjectGitOps: the database of the notes. */
export class GitAuthService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /**
   * Checks a credential against the repository's URL and stores it in the Secret `{namespace}/{projectId}-git`, whose
   * name is the credentialId. It writes no environment's Secret: that is the operator's; without skipK8sSecrets it
   * waits until every environment of the namespace's projects that use this Secret has been given it.
   * @throws CredentialError before anything is written; K8sApiError; NotInTime; the signal's reason
   */
  async setupProjectAuth(setup: AuthSetup): Promise<{ success: true; credentialId: string }> {
    const { projectId, namespace = this.#client.namespace, git, skipK8sSecrets = false, signal } = setup;
    const name = credentialSecretName(projectId);
    const credential = parseCredential(inSecret(namespace, name, git.credential), readableUrl(git.url));
    if (credential.kind === "problem") throw new CredentialError(credential);
    const options = signal ? { signal } : {};
    const stored = await storeCredential(this.#client, { namespace, projectId }, git, credential, options);
    if (!skipK8sSecrets) await untilCarried(this.#client, stored, setup);
    return { success: true, credentialId: `${namespace}/${name}` };
  }

  /**
   * What setupProjectAuth has stored; undefined where there is nothing. It holds secret values: it belongs in no log.
   * @param namespace default the namespace of the client's context
   * @throws CredentialError where the Secret cannot be used; K8sApiError where it may not be read
   */
  async getProjectCredential(
    projectId: string,
    namespace = this.#client.namespace,
  ): Promise<GitCredential | undefined> {
    try {
      const name = credentialSecretName(projectId);
      return await new GitOpsService(this.#client).getGitCredentials({ namespace, name });
    } catch (error) {
      if (error instanceof CredentialError && error.reason === "CredentialMissing") return undefined;
      throw error;
    }
  }
}

const inSecret = (namespace: string, name: string, texts: Record<string, string>) => ({
  metadata: { namespace, name },
  data: Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
  ),
});
