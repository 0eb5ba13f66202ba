import { DURATION, git, ONE_REF, type Refusal, spec } from "./admission-support.ts";

const url = (text: string) => spec({ git: { url: text, credential: { secretRef: { name: "key" } } } });

const PASSWORD = "must not contain a password: put username and password into the Secret";
const TOKEN = "must not contain a token: put it into the Secret";
const UNREADABLE = "the user, host or port cannot be read: write ssh://git@host:22/owner/repo.git";
const BEGIN = "must begin with https:// or ssh://, or have the form git@host:owner/repo.git";
const PORT = "nearly always meant as a port: write ssh://git@host:2222/owner/repo.git";

const urlCases: [what: string, url: string, says: string][] = [
  ["a password in the URL", "https://me:hunter2@git.example.com/acme/shop.git", PASSWORD],
  ["a password in an ssh URL", "ssh://git:hunter2@git.example.com/acme/shop.git", PASSWORD],
  ["an empty user with a password", "https://:hunter2@git.example.com/acme/shop.git", PASSWORD],
  ["a GitHub token as user", "https://ghp_abcdefghijklmnop@github.com/acme/shop.git", TOKEN],
  ["a Gitea token as user", `https://${"0a".repeat(20)}@git.example.com/acme/shop.git`, TOKEN],
  ["a port in the scp-like form", "git@git.example.com:2222/acme/shop.git", PORT],
  ["http", "http://git.example.com/acme/shop.git", "http sends code and credentials unencrypted"],
  ["git", "git://git.example.com/acme/shop.git", "git:// is unencrypted and unsigned"],
  ["file", "file:///srv/shop.git", BEGIN],
  ["a scheme in capitals", "HTTPS://git.example.com/acme/shop.git", BEGIN],
  ["a local folder", "/srv/shop.git", BEGIN],
  ["the scp-like form without a user", "git.example.com:acme/shop.git", BEGIN],
  ["a space", "https://git.example.com/acme/my shop.git", "must not contain spaces"],
  ["a query", "https://git.example.com/acme/shop.git?ref=main", "must not carry a query or a fragment"],
  ["a fragment", "https://git.example.com/acme/shop.git#main", "must not carry a query or a fragment"],
  ["a host without a path", "https://git.example.com", "must name a repository after the host"],
  ["a host with nothing but a slash", "ssh://git@git.example.com/", "must name a repository after the host"],
  ["port 0", "https://git.example.com:0/acme/shop.git", "the port must be between 1 and 65535"],
  ["port 65536", "ssh://git@git.example.com:65536/acme/shop.git", "the port must be between 1 and 65535"],
  ["a port of letters", "https://git.example.com:https/acme/shop.git", UNREADABLE],
  ["a host that looks like an option", "ssh://-oProxyCommand=id/acme/shop.git", UNREADABLE],
];

/** What is refused outside environments[]. */
export const PROJECT_REFUSALS: Refusal[] = [
  ...urlCases.map(([what, text, says]) => ({
    what: `${what} (git.url)`,
    spec: url(text),
    path: "spec.git.url",
    says,
  })),
  {
    what: "an ssh URL without a credential",
    spec: git({ url: "git@github.com:acme/shop.git" }),
    path: "spec.git.url",
    says: "an ssh URL needs git.credential: a secretRef to a Secret with an SSH key, or generate",
  },
  {
    what: "a private key in knownHosts",
    spec: git({ knownHosts: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n" }),
    path: "spec.git.knownHosts",
    says: "holds a private key: write the public host keys",
  },
  ...["Shop", "-shop", "shop-", "sh_op", "shop.web"].map((projectId) => ({
    what: `projectId ${projectId}`,
    spec: spec({ projectId }),
    path: "spec.projectId",
    says: "must be 1 to 40 lower-case letters, digits and -, with a letter or digit at both ends",
  })),
  {
    what: "a projectId of 41 characters",
    spec: spec({ projectId: "a".repeat(41) }),
    path: "spec.projectId",
    says: "must have at most 40 characters",
    serverSays: "Too long: may not be more than 40 bytes",
  },
  {
    what: "another projectId than before",
    before: spec(),
    spec: spec({ projectId: "other" }),
    path: "spec.projectId",
    says: "cannot be changed: delete this object and create another one",
  },
  {
    what: "no projectId",
    spec: spec({ projectId: undefined }),
    path: "spec.projectId",
    says: "is required",
    serverSays: "Required value",
  },
  {
    what: "no git",
    spec: spec({ git: undefined }),
    path: "spec.git",
    says: "is required",
    serverSays: "Required value",
  },
  {
    what: "a projectId that is a number",
    spec: spec({ projectId: 7 }),
    path: "spec.projectId",
    says: "must be of type string",
  },
  {
    what: "two fields in git.ref",
    spec: git({ ref: { branch: "main", tag: "v1" } }),
    path: "spec.git.ref",
    says: ONE_REF,
  },
  {
    what: "a branch with a space",
    spec: git({ ref: { branch: "my branch" } }),
    path: "spec.git.ref.branch",
    says: "must be the name of a branch, without spaces",
  },
  {
    what: "a short commit id",
    spec: git({ ref: { commit: "1f3c9ab" } }),
    path: "spec.git.ref.commit",
    says: "must be a whole commit id",
  },
  {
    what: "a reference name without refs/",
    spec: git({ ref: { name: "pull/1/head" } }),
    path: "spec.git.ref.name",
    says: "must be a whole reference",
  },
  ...["5s", "9999ms", "1", "ten minutes", "1d", "-1m", "m"].map((interval) => ({
    what: `git.interval ${interval}`,
    spec: git({ interval }),
    path: "spec.git.interval",
    says: DURATION,
  })),
  {
    what: "a setup.timeout under 10s",
    spec: spec({ setup: { timeout: "1s" } }),
    path: "spec.setup.timeout",
    says: DURATION,
  },
  {
    what: "a suspendAfter under 10s",
    spec: spec({ failurePolicy: { suspendAfter: "0s" } }),
    path: "spec.failurePolicy.suspendAfter",
    says: DURATION,
  },
  {
    what: "an unknown setup.onFailure",
    spec: spec({ setup: { onFailure: "Retry" } }),
    path: "spec.setup.onFailure",
    says: "must be one of Rollback, Keep",
    serverSays: 'supported values: "Rollback", "Keep"',
  },
  {
    what: "an unknown deletionPolicy",
    spec: spec({ deletionPolicy: "Keep" }),
    path: "spec.deletionPolicy",
    says: "must be one of Delete, Orphan",
    serverSays: 'supported values: "Delete", "Orphan"',
  },
  {
    what: "a Secret name with capitals",
    spec: git({ credential: { secretRef: { name: "Key" } } }),
    path: "spec.git.credential.secretRef.name",
    says: "must be the name of a Secret",
  },
];
