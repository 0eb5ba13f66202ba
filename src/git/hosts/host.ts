import type { Milliseconds } from "../../api/duration.ts";
import type { CredentialKind, Provider } from "../../api/generate.ts";

/** A repository on a git host. */
export interface RepositoryOnHost {
  provider: Provider;
  /** The host's address without the API's path and without a slash at the end, such as https://git.example.com. */
  apiURL: string;
  /** `owner/name`; at GitLab groups may lie in between: `group/subgroup/name`. */
  path: string;
}

/** One credential as its host knows it; never with a secret. */
export interface Registered {
  /** The host's own id of it. */
  id: string;
  title: string;
  /** Where a person finds it in the host's pages. */
  url: string;
  /** Type and base64, without a comment; deploy keys only. */
  publicKey?: string;
  readOnly?: boolean;
  /** RFC 3339; where the host lets it end by itself. */
  expiresAt?: string;
}

/** What is to be registered. */
export type Registration =
  | { kind: "deployKey"; title: string; readOnly: boolean; publicKey: string }
  | { kind: "accessToken"; title: string; readOnly: boolean; expiresAt: string };

/** What a registration came to; for a token its one and only sight. */
export interface Made {
  registered: Registered;
  /** accessToken only: what git is given over HTTPS. */
  basic?: { username: string; password: string };
}

/** How to sign in at the host's API, from the Secret that hostCredentialRef names. */
export type HostCredential =
  | { kind: "token"; token: string; caCert?: string }
  /** Gitea makes tokens for a password only. */
  | { kind: "basic"; username: string; password: string; caCert?: string }
  | {
      kind: "githubApp";
      appId: string;
      privateKey: string;
      installationId?: string;
      installationOwner?: string;
      caCert?: string;
    };

/**
 * The calls of a git host's API that a credential's life needs; one adapter a provider.
 * Every method throws HostError, and HostError alone.
 */
export interface GitHost {
  /** Those whose title begins with `prefix`. Pages are followed. */
  list(kind: CredentialKind, repository: string, prefix: string): Promise<Registered[]>;
  add(repository: string, what: Registration): Promise<Made>;
  /** Resolves where it is gone already. */
  remove(kind: CredentialKind, repository: string, id: string): Promise<void>;
  /** Whether the sign-in works and may manage this repository's credentials; a sentence of what was found. */
  probe(kind: CredentialKind, repository: string): Promise<string>;
}

export interface HostCallOptions {
  signal?: AbortSignal;
  /** Default 10 s. */
  timeoutMs?: Milliseconds;
}
