import type { GitSecretPayload } from "../api/credential.ts";
import type { GitCredential } from "./credential.ts";

/**
 * What the copy in an environment's namespace holds, in the form that Flux reads.
 * @param knownHosts for ssh: the host keys to trust, as chooseKnownHosts gives them
 */
export function secretPayload(credential: GitCredential, knownHosts?: string): GitSecretPayload {
  const data = encode(dataOf(credential, knownHosts));
  return { type: credential.kind === "ssh" ? "kubernetes.io/ssh-auth" : "Opaque", data };
}

function dataOf(
  credential: GitCredential,
  knownHosts: string | undefined,
): Record<string, string | undefined> {
  switch (credential.kind) {
    case "ssh":
      return {
        // Kubernetes' type asks for the first name, Flux for the second.
        "ssh-privatekey": credential.privateKey,
        identity: credential.privateKey,
        "identity.pub": `${credential.publicKey}\n`,
        known_hosts: knownHosts,
        password: credential.password,
      };
    case "basic":
      return { username: credential.username, password: credential.password, "ca.crt": credential.caCert };
    case "bearer":
      return { bearerToken: credential.token, "ca.crt": credential.caCert };
    case "githubApp":
      return {
        githubAppID: credential.appId,
        githubAppInstallationID: credential.installationId,
        githubAppInstallationOwner: credential.installationOwner,
        githubAppPrivateKey: credential.privateKey,
        githubAppBaseURL: credential.baseUrl,
        "ca.crt": credential.caCert,
      };
    case "caOnly":
      return { "ca.crt": credential.caCert };
  }
}

function encode(data: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, Buffer.from(value, "utf8").toString("base64")]],
    ),
  );
}
