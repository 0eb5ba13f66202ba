import type { Secret } from "kubernetes-types/core/v1";
import { credentialMissing, type GitCredential, parseCredential } from "../git/index.ts";
import { type BunK8sClient, type CallOptions, isNotFound } from "../kube/index.ts";
import { CredentialError } from "./credential-error.ts";

/** Reads git credentials where they are: in Secrets, not in environment variables. */
export class GitOpsService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /**
   * The credential that a Secret holds: an SSH key where it has one, else what signs in over https.
   * The answer holds secret values: it belongs in no log.
   * @throws CredentialError CredentialMissing where there is no such Secret, CredentialInvalid with the key that is
   * wrong; K8sApiError (403) where it may not be read
   */
  async getGitCredentials(
    { namespace, name }: { namespace: string; name: string },
    options: CallOptions = {},
  ): Promise<GitCredential> {
    const secret = await this.#client.getSecret(namespace, name, options).catch((error: unknown) => {
      if (isNotFound(error)) throw new CredentialError(credentialMissing(namespace, name, "ssh"));
      throw error;
    });
    const credential = parseCredential(secret, { transport: transportOf(secret) });
    if (credential.kind === "problem") throw new CredentialError(credential);
    return credential;
  }
}

/** No URL says here what it is for, so its own keys do. */
function transportOf({ type, data = {} }: Secret): "ssh" | "https" {
  const ssh = type === "kubernetes.io/ssh-auth" || "identity" in data || "ssh-privatekey" in data;
  return ssh ? "ssh" : "https";
}
