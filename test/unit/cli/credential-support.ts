import { API_VERSION, KIND } from "../../../src/api/names.ts";
import type { Condition, CredentialStatus, ProjectGitOps } from "../../../src/api/schema.ts";

export const NOW = Date.parse("2026-11-22T12:00:00Z");
export const TITLE = "projectgitops 0a1b2c3d platform/shop k7m2x9q4wz";

export const TOLD: CredentialStatus = {
  kind: "deployKey",
  provider: "gitea",
  secretName: "shop-git-credential",
  title: TITLE,
  url: "https://git.example.com/acme/shop/settings/keys",
  fingerprint: "SHA256:9bcExample",
  lastRotated: "2026-11-10T12:00:00Z",
  nextRotation: "2026-12-10T12:00:00Z",
};

export const FAILURE: NonNullable<CredentialStatus["failure"]> = {
  reason: "HostUnauthorized",
  message: "Gitea at git.example.com: GET /api/v1/repos/acme/shop/keys: 401 “no”; replace it",
  since: "2026-11-22T09:00:00Z",
  retryAt: "2026-11-22T12:05:00Z",
};

export const credentialReady = (
  status: "True" | "False" | "Unknown",
  reason = "CredentialProved",
  message = "deploy key, made then",
): Condition =>
  ({ type: "CredentialReady", status, reason, message, lastTransitionTime: TOLD.lastRotated }) as Condition;

/** A project whose credential the operator makes, at Gitea. */
export const project = (
  credential: CredentialStatus | null = TOLD,
  conditions: Condition[] = [credentialReady("True")],
  git: object = {},
): ProjectGitOps =>
  ({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace: "platform", name: "shop", uid: "u1", generation: 1 },
    spec: {
      projectId: "shop",
      git: {
        url: "ssh://git@git.example.com/acme/shop.git",
        credential: {
          generate: {
            provider: "gitea",
            apiURL: "https://git.example.com",
            hostCredentialRef: { name: "host" },
            kind: "deployKey",
            readOnly: true,
            rotation: { interval: "720h", overlap: "1h" },
            revokeTimeout: "10m",
            onOrphan: "Keep",
          },
        },
        ...git,
      },
      environments: [{ name: "development" }, { name: "staging" }],
    },
    status: { observedGeneration: 1, conditions, ...(credential ? { credential } : {}) },
  }) as unknown as ProjectGitOps;
