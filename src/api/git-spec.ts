import { z } from "zod";
import { duration } from "./duration.ts";
import { secretRef, word } from "./fields.ts";
import { apiUrlOf, generateSchema, PUBLIC_HOSTS } from "./generate.ts";
import { GIT_URL_MAX, GIT_URL_RULES } from "./git-url.ts";
import { celString, matches, matchesNot, ruled, withoutEcho } from "./rules.ts";

const REF_FIELDS = ["branch", "tag", "semver", "commit", "name"] as const;

export const gitRefSchema = ruled(
  z.object({
    branch: word(255, "the name of a branch").optional().describe("Branch to follow, such as main."),
    tag: word(255, "the name of a tag").optional().describe("Tag to stay on, such as v1.4.2."),
    semver: ruled(
      z.string().min(1).max(255),
      matches("^[^\\n\\r]+$", "must be one line, such as >=1.4.0 <2.0.0"),
    )
      .optional()
      .describe('Range of tags to follow, the newest that fits, such as ">=1.4.0 <2.0.0" or 1.x.'),
    commit: ruled(
      z.string().max(64),
      matches("^([0-9a-f]{40}|[0-9a-f]{64})$", "must be a whole commit id: 40 (or 64) characters 0-9 a-f"),
    )
      .optional()
      .describe("Commit to stay on, as a whole id."),
    name: ruled(
      z.string().max(255),
      matches("^refs/[^\\s\\x00-\\x1f\\x7f]+$", "must be a whole reference, such as refs/pull/420/head"),
    )
      .optional()
      .describe("Reference by its whole name, such as refs/pull/420/head."),
  }),
  {
    cel: `[${REF_FIELDS.map((field) => `has(self.${field})`).join(", ")}].filter(given, given).size() <= 1`,
    message: "at most one of branch, tag, semver, commit and name may be given: remove the others",
    holds: (ref) => REF_FIELDS.filter((field) => ref[field] !== undefined).length <= 1,
  },
).meta({ "x-kubernetes-map-type": "atomic" });
export type GitRef = z.infer<typeof gitRefSchema>;

const gitFields = z.object({
  url: z
    .string()
    .min(1)
    .max(GIT_URL_MAX)
    .describe(
      "The repository: https://host/owner/repo.git, ssh://git@host/owner/repo.git or git@host:owner/repo.git, which becomes the ssh:// form. Never with a password or token.",
    ),
  ref: gitRefSchema
    .optional()
    .describe(
      "What to deploy: at most one of branch, tag, semver, commit and name. Empty means branch main.",
    ),
  interval: duration()
    .default("1m")
    .describe("How often Flux looks at the repository, such as 1m; at least 10s."),
  credential: ruled(
    z.object({
      secretRef: secretRef(
        "Secret in the namespace of this object: identity (or ssh-privatekey) for ssh URLs; username and password, bearerToken or the fields of a GitHub App for https; ca.crt for an own certificate authority.",
      ).optional(),
      generate: generateSchema
        .optional()
        .describe(
          "The operator makes the credential itself: registers it at the git host, proves it, rotates it, and revokes it when the project goes.",
        ),
    }),
    {
      cel: "has(self.secretRef) != has(self.generate)",
      message: "exactly one of secretRef and generate must be given",
      holds: ({ secretRef: given, generate }) => (given === undefined) !== (generate === undefined),
    },
  )
    .optional()
    .describe("How to sign in at the git host; absent for a public repository."),
  knownHosts: z
    .string()
    .max(16384)
    .optional()
    .describe(
      "Host keys of the git host, in the form of a known_hosts file. Absent: known_hosts of the Secret, else the published keys of github.com, gitlab.com, bitbucket.org and codeberg.org.",
    ),
});
export const gitSchema = ruled(
  gitFields,
  ...withoutEcho("url", GIT_URL_RULES),
  {
    cel: `has(self.credential) || self.url.startsWith('https://') || !self.url.matches(${celString("^(ssh://|[^/:]+@)")})`,
    message:
      "an ssh URL needs git.credential: a secretRef to a Secret with an SSH key, or generate; for a public repository write the https:// form",
    fieldPath: ".url",
    holds: ({ url, credential }) => credential !== undefined || !/^(ssh:\/\/|[^/:]+@)/.test(url),
  },
  {
    cel: `!has(self.credential) || !has(self.credential.generate) || (self.credential.generate.kind == 'accessToken') == self.url.startsWith('https://')`,
    message:
      "a deployKey signs in by ssh, an accessToken by https: write the url in that form (ssh://git@host/owner/repo.git or https://host/owner/repo.git), or change generate.kind",
    fieldPath: ".url",
    holds: ({ url, credential }) =>
      credential?.generate === undefined ||
      (credential.generate.kind === "accessToken") === url.startsWith("https://"),
  },
  {
    cel: `!has(self.credential) || !has(self.credential.generate) || self.credential.generate.kind != 'accessToken' || self.url.startsWith((has(self.credential.generate.apiURL) ? self.credential.generate.apiURL : self.credential.generate.provider == 'gitlab' ? '${PUBLIC_HOSTS.gitlab}' : '${PUBLIC_HOSTS.forgejo}') + '/')`,
    message:
      "an access token is sent to the host that made it and to no other: url must begin with credential.generate.apiURL",
    fieldPath: ".url",
    holds: ({ url, credential }) =>
      credential?.generate?.kind !== "accessToken" || url.startsWith(`${apiUrlOf(credential.generate)}/`),
  },
  ...withoutEcho("knownHosts", [
    matchesNot("PRIVATE KEY", "holds a private key: write the public host keys that ssh-keyscan prints"),
  ]),
);
export type GitSpec = z.infer<typeof gitSchema>;
