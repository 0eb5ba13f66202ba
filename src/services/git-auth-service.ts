import { credentialSecretName } from "../api/names.ts";
import { type GitCredential, parseCredential } from "../git/index.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { CredentialError } from "./credential-error.ts";
import { type ProjectGit, readableUrl, storeCredential } from "./credential-secret.ts";
import { GitOpsService } from "./git-ops-service.ts";
import { type MakeCredential, makeCredential } from "./made-credential.ts";
import { secretOf } from "./secret-texts.ts";
import { untilCarried } from "./until-carried.ts";

export interface AuthSetup {
  projectId: string;
  /** Where the credential is kept; default the namespace of the client's context. It must exist. */
  namespace?: string;
  /**
   * `credential`: the Secret's keys (docs/reference.md) in plain text, such as {identity} or {username, password};
   * or `make`: a deploy key or token is made and registered at the git host.
   */
  git: ProjectGit & ({ credential: Record<string, string> } | { make: MakeCredential });
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
   * Makes a credential, or checks the given one against the repository's URL and stores it in the Secret `{namespace}/{projectId}-git`, whose
   * name is the credentialId. It writes no environment's Secret: that is the operator's; without skipK8sSecrets it
   * waits until every environment of the namespace's projects that use this Secret has been given it.
   * @throws CredentialError before anything is written; HostError with the git host's answer; K8sApiError; NotInTime;
   *   the signal's reason
   */
  async setupProjectAuth(setup: AuthSetup): Promise<{ success: true; credentialId: string }> {
    const { projectId, namespace = this.#client.namespace, git, skipK8sSecrets = false, signal } = setup;
    const name = credentialSecretName(projectId);
    const options = signal ? { signal } : {};
    const texts =
      "make" in git
        ? await makeCredential(this.#client, { namespace, projectId }, git, options)
        : git.credential;
    const credential = parseCredential(secretOf({ namespace, name }, texts), readableUrl(git.url));
    if (credential.kind === "problem") throw new CredentialError(credential);
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
