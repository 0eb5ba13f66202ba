import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import {
  chooseKnownHosts,
  fingerprintOf,
  makeSshKey,
  publicBlob,
  publishedKnownHosts,
} from "../../../src/git/index.ts";
import { PUBLISHED_HOST_KEYS } from "../../../src/git/published-host-keys.ts";

/** The fingerprints as the hosts publish them, on the pages that published-host-keys.ts names. */
const PUBLISHED: Record<string, string[]> = {
  "github.com": [
    "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
    "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM",
    "SHA256:uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s",
  ],
  "gitlab.com": [
    "SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
    "SHA256:HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw",
    "SHA256:ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ",
  ],
  "bitbucket.org": [
    "SHA256:ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM",
    "SHA256:FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0",
    "SHA256:46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E",
  ],
  "codeberg.org": [
    "SHA256:mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g",
    "SHA256:T9FYDEHELhVkulEKKwge5aVhVTbqCW0MIRwAfpARs/E",
    "SHA256:6QQmYi4ppFS4/+zSZ5S4IU+4sa6rwvQ4PbhCtPEBekQ",
  ],
};

test("the built-in host keys have the fingerprints that their hosts publish", () => {
  const prints = Object.fromEntries(
    Object.entries(PUBLISHED_HOST_KEYS).map(([host, keys]) => [
      host,
      keys.map((key) => fingerprintOf(publicBlob(key) ?? Buffer.alloc(0))),
    ]),
  );
  expect(prints).toEqual(PUBLISHED);
});

const KEY = makeSshKey().publicKey;
const GIT = { host: "git.example.com", port: 22 };
const choose = (text: string | undefined, host = GIT) =>
  chooseKnownHosts(host, [{ from: "spec.git.knownHosts", text }]);

describe("known hosts come", () => {
  test("from the first source that is given", () => {
    const sources = [
      { from: "spec", text: " \n" },
      { from: "Secret", text: `git.example.com ${KEY}` },
      { from: "elsewhere", text: `git.example.com ${makeSshKey().publicKey}` },
    ];
    expect(chooseKnownHosts(GIT, sources)).toEqual({ kind: "knownHosts", text: `git.example.com ${KEY}\n` });
  });

  test("from the published keys for a well-known host on its usual port, and for no other", () => {
    expect(
      publishedKnownHosts({ host: "github.com", port: 22 })?.match(/^github\.com ssh-ed25519 /m),
    ).not.toBeNull();
    expect(chooseKnownHosts({ host: "codeberg.org", port: 22 }, [])).toMatchObject({ kind: "knownHosts" });
    expect(publishedKnownHosts({ host: "github.com", port: 443 })).toBeUndefined();
    expect(publishedKnownHosts({ host: "github.com.example.com", port: 22 })).toBeUndefined();
  });
});

describe("an entry names a host", () => {
  const hashed = (name: string) =>
    `|1|${Buffer.from("salt").toString("base64")}|${createHmac("sha1", "salt").update(name).digest("base64")}`;
  const other = { host: "git.example.com", port: 2222 };
  const table: [entry: string, host: typeof GIT, is: boolean][] = [
    [`git.example.com ${KEY}`, GIT, true],
    [`10.0.0.1,git.example.com ${KEY} a comment`, GIT, true],
    [`*.example.com ${KEY}`, GIT, true],
    [`*.example.com,!git.example.com ${KEY}`, GIT, false],
    [`@cert-authority *.example.com ${KEY}`, GIT, true],
    [`@revoked git.example.com ${KEY}`, GIT, false],
    [`# a comment\n\n${hashed("git.example.com")} ${KEY}`, GIT, true],
    [`${hashed("example.com")} ${KEY}`, GIT, false],
    [`[git.example.com]:2222 ${KEY}`, other, true],
    [`git.example.com ${KEY}`, other, false],
    [`[git.example.com]:2222 ${KEY}`, GIT, false],
  ];
  for (const [entry, host, is] of table) {
    test(`${is ? "" : "not "}by ${entry.split(" AAAA")[0]?.replaceAll("\n", " ")} on port ${host.port}`, () => {
      expect(choose(entry, host).kind).toBe(is ? "knownHosts" : "problem");
    });
  }
});

test("a host that nobody vouches for is a problem that names the command and warns of who may answer it", () => {
  const problem = choose(undefined, { host: "git.example.com", port: 2222 });
  expect(problem).toMatchObject({ kind: "problem", reason: "KnownHostsMissing", key: "known_hosts" });
  const message = problem.kind === "problem" ? problem.message : "";
  expect(message).toContain("the host key of [git.example.com]:2222 is not known");
  expect(message).toContain("`ssh-keyscan -p 2222 git.example.com`");
  expect(message).toContain("compare the fingerprint");
});

test("a line that cannot be read is named by its number", () => {
  expect(choose(`# ours\ngit.example.com ${KEY}\ngit.example.com ssh-ed25519 garbage`)).toMatchObject({
    reason: "CredentialInvalid",
    message: expect.stringContaining("spec.git.knownHosts: line 3 of known_hosts cannot be read"),
  });
});
