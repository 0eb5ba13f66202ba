import { DURATION, git, type Refusal } from "./admission-support.ts";

const HOST = { name: "host" };
const SSH = "ssh://git@git.example.com/acme/shop.git";
const HTTPS = "https://git.example.com/acme/shop.git";

/** A spec whose credential the operator makes at a Gitea by SSH, with changes on top. */
export const generate = (changes: object = {}, url: string = SSH) =>
  git({
    url,
    credential: {
      generate: {
        provider: "gitea",
        apiURL: "https://git.example.com",
        hostCredentialRef: HOST,
        ...changes,
      },
    },
  });

const ONE = "exactly one of secretRef and generate must be given";
const FORM =
  "a deployKey signs in by ssh, an accessToken by https: write the url in that form (ssh://git@host/owner/repo.git or https://host/owner/repo.git), or change generate.kind";
const ADDRESS =
  "must be the host's address without a path, such as https://git.example.com: the API's own path is known";
const AT = "spec.git.credential.generate";

const given = { provider: "github", hostCredentialRef: HOST };

/** What is refused in spec.git.credential. */
export const CREDENTIAL_REFUSALS: Refusal[] = [
  {
    what: "secretRef beside generate",
    spec: git({ url: SSH, credential: { secretRef: { name: "key" }, generate: given } }),
    path: "spec.git.credential",
    says: ONE,
  },
  {
    what: "neither secretRef nor generate",
    spec: git({ credential: {} }),
    path: "spec.git.credential",
    says: ONE,
  },
  {
    what: "a deployKey for an https URL",
    spec: generate({}, HTTPS),
    path: "spec.git.url",
    says: FORM,
  },
  {
    what: "an accessToken for an ssh URL",
    spec: generate({ kind: "accessToken" }),
    path: "spec.git.url",
    says: FORM,
  },
  {
    what: "an accessToken for the scp-like form",
    spec: generate({ kind: "accessToken" }, "git@git.example.com:acme/shop.git"),
    path: "spec.git.url",
    says: FORM,
  },
  {
    what: "gitea without apiURL",
    spec: generate({ apiURL: undefined }),
    path: `${AT}.provider`,
    says: "gitea has no public address: give apiURL, such as https://git.example.com",
  },
  {
    what: "an accessToken of GitHub",
    spec: generate({ provider: "github", apiURL: undefined, kind: "accessToken" }, HTTPS),
    path: `${AT}.kind`,
    says: "GitHub makes no access tokens by its API",
  },
  ...[
    ["the API's path", "https://git.example.com/api/v1"],
    ["a slash at the end", "https://git.example.com/"],
    ["http", "http://git.example.com"],
    ["a user", "https://me:hunter2@git.example.com"],
    ["a query", "https://git.example.com?x=1"],
    ["no scheme", "git.example.com"],
    ["a line break", "https://git.example.com\n"],
    ["a port of six digits", "https://git.example.com:123456"],
  ].map(([what, apiURL]) => ({
    what: `an apiURL with ${what}`,
    spec: generate({ apiURL }),
    path: `${AT}.apiURL`,
    says: ADDRESS,
  })),
  {
    what: "an unknown provider",
    spec: generate({ provider: "bitbucket" }),
    path: `${AT}.provider`,
    says: "must be one of github, gitlab, gitea, forgejo",
    serverSays: 'supported values: "github", "gitlab", "gitea", "forgejo"',
  },
  {
    what: "an unknown kind",
    spec: generate({ kind: "password" }),
    path: `${AT}.kind`,
    says: "must be one of deployKey, accessToken",
    serverSays: 'supported values: "deployKey", "accessToken"',
  },
  {
    what: "generate without hostCredentialRef",
    spec: generate({ hostCredentialRef: undefined }),
    path: `${AT}.hostCredentialRef`,
    says: "is required",
    serverSays: "Required value",
  },
  {
    what: "a hostCredentialRef with capitals",
    spec: generate({ hostCredentialRef: { name: "Host" } }),
    path: `${AT}.hostCredentialRef.name`,
    says: "must be the name of a Secret",
  },
  ...["interval", "overlap"].map((field) => ({
    what: `a rotation.${field} under 10s`,
    spec: generate({ rotation: { [field]: "5s" } }),
    path: `${AT}.rotation.${field}`,
    says: DURATION,
  })),
  {
    what: "a revokeTimeout under 10s",
    spec: generate({ revokeTimeout: "1s" }),
    path: `${AT}.revokeTimeout`,
    says: DURATION,
  },
  {
    what: "an unknown onOrphan",
    spec: generate({ onOrphan: "Delete" }),
    path: `${AT}.onOrphan`,
    says: "must be one of Keep, Revoke",
    serverSays: 'supported values: "Keep", "Revoke"',
  },
];

/** What is accepted, though it is near to something that is not. */
export const CREDENTIAL_ACCEPTED: [what: string, spec: unknown][] = [
  ["a deploy key of Gitea by ssh", generate()],
  ["a deploy key by the scp-like form", generate({}, "git@git.example.com:acme/shop.git")],
  ["an access token of Gitea by https", generate({ kind: "accessToken" }, HTTPS)],
  ["an apiURL with a port", generate({ apiURL: "https://git.example.com:3000" })],
  ...["github", "gitlab", "forgejo"].map((provider): [string, unknown] => [
    `${provider} at its public address`,
    generate({ provider, apiURL: undefined }),
  ]),
  [
    "an access token of GitLab",
    generate(
      { provider: "gitlab", apiURL: undefined, kind: "accessToken" },
      "https://gitlab.com/acme/shop.git",
    ),
  ],
  ["half of rotation", generate({ rotation: { interval: "24h" } })],
];
