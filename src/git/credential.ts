import type { GitUrl } from "../api/git-url.ts";
import { readHttps } from "./https-credential.ts";
import type { CredentialProblem, SecretLike } from "./problem.ts";
import { readSsh } from "./ssh-credential.ts";

export interface SshCredential {
  kind: "ssh";
  privateKey: string;
  /** One line, as git hosts take it for a deploy key; derived where the Secret has none. */
  publicKey: string;
  /** `SHA256:…` of the public key; no secret. */
  fingerprint: string;
  /** As the Secret has it, unchecked; chooseKnownHosts judges it. */
  knownHosts?: string;
  /** For an encrypted private key alone: Flux refuses one beside an unencrypted key. */
  password?: string;
}

export interface BasicCredential {
  kind: "basic";
  username: string;
  password: string;
  caCert?: string;
}

export interface BearerCredential {
  kind: "bearer";
  token: string;
  caCert?: string;
}

export interface GitHubAppCredential {
  kind: "githubApp";
  appId: string;
  /** Exactly one of the two is given. */
  installationId?: string;
  installationOwner?: string;
  privateKey: string;
  /** For GitHub Enterprise Server. */
  baseUrl?: string;
  caCert?: string;
}

/** A public repository behind an own certificate authority. */
export interface CaOnlyCredential {
  kind: "caOnly";
  caCert: string;
}

export type HttpsCredential = BasicCredential | BearerCredential | GitHubAppCredential | CaOnlyCredential;
export type GitCredential = SshCredential | HttpsCredential;

/**
 * What a Secret gives for a URL: an SSH key for ssh, a password, token, GitHub App or certificate authority for https.
 * Pure; the Secret is read by whoever calls. Keys other than the known ones are ignored, and never copied.
 */
export function parseCredential(
  secret: SecretLike,
  url: Pick<GitUrl, "transport">,
): GitCredential | CredentialProblem {
  return url.transport === "ssh" ? readSsh(secret) : readHttps(secret);
}
