import type { GitSecretPayload } from "../api/credential.ts";
import type { GitUrl } from "../api/git-url.ts";
import { type GitCredential, parseCredential } from "./credential.ts";
import { chooseKnownHosts } from "./known-hosts.ts";
import { type CredentialProblem, type SecretLike, secretName } from "./problem.ts";
import { secretPayload } from "./secret-data.ts";

export interface GitSecretRead {
  kind: "ok";
  credential: GitCredential;
  payload: GitSecretPayload;
  /** Decoded values that must never be shown, for a redactor. */
  secrets: string[];
}

/**
 * From the Secret that the spec names to what its copies shall hold. Pure.
 * @param knownHosts spec.git.knownHosts, which goes before the Secret's own
 */
export function readGitSecret(
  secret: SecretLike,
  url: GitUrl,
  knownHosts: string | undefined,
): GitSecretRead | CredentialProblem {
  const credential = parseCredential(secret, url);
  if (credential.kind === "problem") return credential;
  if (credential.kind !== "ssh") {
    return { kind: "ok", credential, payload: secretPayload(credential), secrets: secretsOf(credential) };
  }
  const hosts = chooseKnownHosts(url, [
    { from: "spec.git.knownHosts", text: knownHosts },
    { from: `${secretName(secret)}, key known_hosts`, text: credential.knownHosts },
  ]);
  if (hosts.kind === "problem") return hosts;
  return {
    kind: "ok",
    credential,
    payload: secretPayload(credential, hosts.text),
    secrets: secretsOf(credential),
  };
}

function secretsOf(credential: GitCredential): string[] {
  switch (credential.kind) {
    case "ssh":
      return [credential.privateKey, ...(credential.password ? [credential.password] : [])];
    case "basic":
      return [credential.password];
    case "bearer":
      return [credential.token];
    case "githubApp":
      return [credential.privateKey];
    case "caOnly":
      return [];
  }
}
