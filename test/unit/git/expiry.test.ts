import { expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { expiryOf, hostNames } from "../../../src/git/index.ts";

const ends = (at?: string) =>
  expiryOf({ metadata: { annotations: at === undefined ? {} : { [ANNOTATIONS.expiresAt]: at } } });

test("the end of a credential is read from its Secret's annotation, with any offset", () => {
  expect(ends()).toEqual({ kind: "unknown" });
  expect(expiryOf({})).toEqual({ kind: "unknown" });
  for (const at of ["2027-01-31T00:00:00Z", "2027-01-31T02:00:00+02:00", "2027-01-31t00:00:00.000z"]) {
    expect(ends(at)).toEqual({ kind: "at", time: Date.UTC(2027, 0, 31) });
  }
});

test("what is no time of RFC 3339 is told as such, and never guessed", () => {
  for (const text of [
    "2027-01-31",
    "31.01.2027",
    "2027-01-31 00:00:00",
    "2027-13-31T00:00:00Z",
    "",
    "soon",
  ]) {
    expect(ends(text)).toEqual({ kind: "unreadable", text });
  }
});

test("known_hosts tells whom it names, once each, without hashed names and revoked keys", () => {
  const lines = [
    "# a comment",
    "Git.example.com,10.0.0.1 ssh-ed25519 AAAA",
    "[git.example.com]:2222 ssh-ed25519 AAAA",
    "git.example.com ssh-rsa AAAA",
    "|1|c2FsdA==|aGFzaA== ssh-ed25519 AAAA",
    "@revoked old.example.com ssh-ed25519 AAAA",
    "@cert-authority *.example.com ssh-ed25519 AAAA",
  ];
  expect(hostNames(lines.join("\r\n"))).toEqual([
    "git.example.com",
    "10.0.0.1",
    "[git.example.com]:2222",
    "*.example.com",
  ]);
});
