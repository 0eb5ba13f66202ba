import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import type { Generate } from "../../../../src/api/generate.ts";
import {
  type CredentialProblem,
  HostBudget,
  HostError,
  makeSshKey,
  openHost,
  readHostCredential,
  repositoryOnHost,
} from "../../../../src/git/index.ts";
import { CERTIFICATE } from "../certificate.ts";
import { secret, url } from "../support.ts";

type Wanted = Pick<Generate, "provider" | "kind" | "apiURL">;
const GITHUB: Wanted = { provider: "github", kind: "deployKey" };
const GITLAB: Wanted = { provider: "gitlab", kind: "accessToken" };
const GITEA_KEY: Wanted = { provider: "gitea", kind: "deployKey", apiURL: "https://git.example.com" };
const GITEA_TOKEN: Wanted = { ...GITEA_KEY, kind: "accessToken" };

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  format: "pem",
  type: "pkcs1",
}) as string;
const APP = { githubAppID: "27", githubAppInstallationID: "31", githubAppPrivateKey: RSA };

describe("what is read", () => {
  test("a token, with an own authority, without the line break that editors leave", () => {
    const read = readHostCredential(secret({ token: "tok_1234\n", "ca.crt": CERTIFICATE }), GITLAB);
    expect(read).toEqual({ kind: "token", token: "tok_1234", caCert: CERTIFICATE });
  });

  test("a GitHub App as Flux has it", () => {
    const { githubAppInstallationID: _, ...rest } = APP;
    expect(readHostCredential(secret(APP), GITHUB)).toEqual({
      kind: "githubApp",
      appId: "27",
      installationId: "31",
      privateKey: RSA,
    });
    const byOwner = {
      ...rest,
      githubAppInstallationOwner: "acme",
      githubAppBaseURL: "https://ghe.example.com",
    };
    expect(readHostCredential(secret(byOwner), GITHUB)).toEqual({
      kind: "githubApp",
      appId: "27",
      installationOwner: "acme",
      privateKey: RSA,
    });
  });

  test("a user name and password for Gitea's tokens, also of type basic-auth, a token beside it unread", () => {
    const values = { username: "bot", password: "secret99", token: "tok_1234" };
    const wanted = { kind: "basic", username: "bot", password: "secret99" } as const;
    expect(readHostCredential(secret(values), GITEA_TOKEN)).toEqual(wanted);
    expect(readHostCredential(secret(values, "kubernetes.io/basic-auth"), GITEA_TOKEN)).toEqual(wanted);
  });
});

describe("what is refused, with the Secret and the key named", () => {
  const problem = (values: Record<string, string>, wanted: Wanted, type?: string): CredentialProblem => {
    const read = readHostCredential(secret(values, type), wanted);
    if (read.kind !== "problem") throw new Error(`read as ${read.kind}`);
    for (const value of Object.values(values)) expect(read.message).not.toContain(value);
    expect(read.message).toStartWith("Secret platform/shop-git");
    return read;
  };
  const CASES: [
    sentence: string,
    values: Record<string, string>,
    Wanted,
    Partial<CredentialProblem>,
    RegExp,
  ][] = [
    ["nothing", {}, GITHUB, { fault: "KeysMissing", key: "token" }, /put token, or the githubApp keys there/],
    [
      "an empty token",
      { token: " \n" },
      GITLAB,
      { fault: "KeysMissing", key: "token" },
      /kind accessToken at GitLab/,
    ],
    [
      "a token where a password is needed",
      { token: "tok_1234" },
      GITEA_TOKEN,
      { fault: "KeysMissing", key: "username" },
      /for a password only/,
    ],
    [
      "a password without a user",
      { password: "secret99" },
      GITEA_TOKEN,
      { fault: "KeysMissing", key: "username" },
      /missing/,
    ],
    [
      "a user with a colon",
      { username: "bot:x", password: "secret99" },
      GITEA_TOKEN,
      { fault: "Malformed", key: "username" },
      /colon/,
    ],
    [
      "two ways to sign in",
      { token: "tok_1234", ...APP },
      GITHUB,
      { fault: "Ambiguous", key: "githubAppID" },
      /beside token/,
    ],
    [
      "a token of two lines",
      { token: "tok_1234\ntok_5678" },
      GITLAB,
      { fault: "Malformed", key: "token" },
      /one line/,
    ],
    [
      "a token encoded twice",
      { token: btoa("glpat-12345678901234567890") },
      GITLAB,
      { fault: "EncodedTwice", key: "token" },
      /twice/,
    ],
    [
      "a password at GitLab",
      { username: "bot", password: "secret99" },
      GITLAB,
      { fault: "KeysMissing", key: "token" },
      /put token there/,
    ],
    [
      "an App's key that is no RSA key",
      { ...APP, githubAppPrivateKey: makeSshKey("x").privateKey },
      GITHUB,
      { fault: "KeyUnsupported", key: "githubAppPrivateKey" },
      /RSA/,
    ],
    [
      "an installation that is no number",
      { ...APP, githubAppInstallationID: "acme" },
      GITHUB,
      { fault: "Malformed", key: "githubAppInstallationID" },
      /number/,
    ],
    [
      "an App without an installation",
      { githubAppID: "27", githubAppPrivateKey: RSA },
      GITHUB,
      { fault: "KeysMissing", key: "githubAppInstallationID" },
      /exactly one/,
    ],
    [
      "a certificate that is none",
      { token: "tok_1234", "ca.crt": "garbage, not PEM" },
      GITLAB,
      { fault: "NotACertificate", key: "ca.crt" },
      /BEGIN CERTIFICATE/,
    ],
  ];
  for (const [sentence, values, wanted, expected, says] of CASES)
    test(sentence, () => {
      const found = problem(values, wanted);
      expect(found).toMatchObject({ reason: "CredentialInvalid", ...expected });
      expect(found.message).toMatch(says);
    });

  test("a Secret that is for something else", () => {
    expect(problem({ token: "tok_1234" }, GITLAB, "kubernetes.io/dockerconfigjson").fault).toBe("WrongType");
  });

  test("a host that the Secret's own annotation does not name", () => {
    const bound = secret({ token: "tok_1234" });
    bound.metadata = {
      ...bound.metadata,
      annotations: { "projectgitops.dev/git-hosts": "gitlab.com, git.example.com:8443" },
    };
    expect(readHostCredential(bound, GITLAB).kind).toBe("token");
    expect(readHostCredential(bound, { ...GITLAB, apiURL: "https://git.example.com:8443" }).kind).toBe(
      "token",
    );
    const other = readHostCredential(bound, { ...GITLAB, apiURL: "https://git.example.com" });
    expect(other).toMatchObject({ kind: "problem", reason: "HostNotAllowed" });
  });
});

test("the repository is what stands after the host, without .git", () => {
  const path = (text: string) => repositoryOnHost({ provider: "gitlab" }, url(text)).path;
  expect(path("git@gitlab.com:acme/teams/shop.git")).toBe("acme/teams/shop");
  expect(path("ssh://git@gitlab.com:2222//acme/shop.git/")).toBe("acme/shop");
  expect(path("https://gitlab.com/acme/shop")).toBe("acme/shop");
  expect(path("https://me@gitlab.com/acme/shop.git.git")).toBe("acme/shop.git");
  expect(repositoryOnHost({ provider: "forgejo" }, url("git@codeberg.org:a/b.git"))).toEqual({
    provider: "forgejo",
    apiURL: "https://codeberg.org",
    path: "a/b",
  });
});

test("a sign-in that a provider does not take is an error", () => {
  const clock = () => 0;
  const deps = { allowed: undefined, budget: new HostBudget(clock), clock };
  const repository = { provider: "gitlab", apiURL: "https://gitlab.com", path: "a/b" } as const;
  const open = () => openHost(repository, { kind: "basic", username: "bot", password: "secret99" }, deps);
  expect(open).toThrow(HostError);
});
