import { z } from "zod";
import { duration } from "./duration.ts";
import { secretRef } from "./fields.ts";
import { matches, ruled, withoutEcho } from "./rules.ts";

export const PROVIDERS = ["github", "gitlab", "gitea", "forgejo"] as const;
export type Provider = (typeof PROVIDERS)[number];

export const CREDENTIAL_KINDS = ["deployKey", "accessToken"] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** Addresses of those providers that run a public service. */
export const PUBLIC_HOSTS: Partial<Record<Provider, string>> = {
  github: "https://github.com",
  gitlab: "https://gitlab.com",
  forgejo: "https://codeberg.org",
};

const API_URL = "^https://[A-Za-z0-9._-]+(:[0-9]{1,5})?$";

/** How the operator makes, registers, rotates and revokes a credential of its own. */
export const generateSchema = ruled(
  z.object({
    provider: z.enum(PROVIDERS).describe("What runs at the git host."),
    apiURL: z
      .string()
      .max(255)
      .optional()
      .describe(
        "Address of the git host without the API's path, such as https://git.example.com. Default the provider's public one: github.com, gitlab.com, for forgejo codeberg.org. The operator calls only well-known hosts and those of its --git-hosts.",
      ),
    hostCredentialRef: secretRef(
      "Secret in the namespace of this object with what the host's API asks for: token, or the githubApp fields as Flux has them, or for access tokens of Gitea and Forgejo username and password; ca.crt for an own certificate authority.",
    ),
    kind: z
      .enum(CREDENTIAL_KINDS)
      .default("deployKey")
      .describe(
        "deployKey, an SSH key of this repository alone, for ssh URLs; accessToken, for https URLs (not at GitHub, which makes none by its API).",
      ),
    readOnly: z.boolean().default(true).describe("False where image automation or the like has to push."),
    rotation: z
      .object({
        interval: duration()
          .default("720h")
          .describe(
            "Age at which a credential is replaced; one that ends by itself goes at 2/3 of its life.",
          ),
        overlap: duration()
          .default("1h")
          .describe(
            "How long the old one still works after the new one came into force; it is never revoked before Flux has fetched with the new one.",
          ),
      })
      .default({ interval: "720h", overlap: "1h" })
      .describe("When the credential is replaced."),
    revokeTimeout: duration()
      .default("10m")
      .describe(
        "How long a project that is being deleted waits for a git host that does not revoke: then it goes, and what is left there is told with its title.",
      ),
    onOrphan: z
      .enum(["Keep", "Revoke"])
      .default("Keep")
      .describe(
        "What becomes of the credential when the project goes and an environment is left in place (deletionPolicy Orphan): Flux there goes on with it, or it is revoked.",
      ),
  }),
  ...withoutEcho("apiURL", [
    matches(
      API_URL,
      "must be the host's address without a path, such as https://git.example.com: the API's own path is known",
    ),
  ]),
  {
    cel: "has(self.apiURL) || self.provider != 'gitea'",
    message: "gitea has no public address: give apiURL, such as https://git.example.com",
    fieldPath: ".provider",
    holds: ({ apiURL, provider }) => apiURL !== undefined || PUBLIC_HOSTS[provider] !== undefined,
  },
  {
    cel: "self.provider != 'github' || self.kind != 'accessToken'",
    message:
      "GitHub makes no access tokens by its API: take kind deployKey, or a GitHub App by git.credential.secretRef",
    fieldPath: ".kind",
    holds: ({ provider, kind }) => provider !== "github" || kind !== "accessToken",
  },
);
export type Generate = z.infer<typeof generateSchema>;

/** The host's address, decided. */
export const apiUrlOf = ({ provider, apiURL }: Pick<Generate, "provider" | "apiURL">): string =>
  apiURL ?? PUBLIC_HOSTS[provider] ?? "";
