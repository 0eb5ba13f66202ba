import { expect, test } from "bun:test";
import { redactor } from "../../../src/api/redact.ts";
import { chooseKnownHosts, makeSshKey, readGitSecret } from "../../../src/git/index.ts";
import { HTTPS, SSH, secret } from "./support.ts";

/** Milliseconds; the operator serves everybody from one thread, and a tenant's Secret may have 1 MiB. */
const QUICK = 1000;
const MEBIBYTE = 1_000_000;

function quick(work: () => unknown): void {
  const start = performance.now();
  work();
  expect(performance.now() - start).toBeLessThan(QUICK);
}

test("no Secret keeps the operator busy", () => {
  const values = [
    "\n".repeat(MEBIBYTE),
    "-----BEGIN CERTIFICATE-----\n".repeat(MEBIBYTE / 28),
    "-".repeat(MEBIBYTE),
    "A".repeat(MEBIBYTE),
    " ".repeat(MEBIBYTE),
  ];
  for (const value of values.map((text) => `x${text}x`)) {
    quick(() =>
      readGitSecret(secret({ identity: value, "identity.pub": value, known_hosts: value }), SSH, undefined),
    );
    for (const key of ["password", "bearerToken", "ca.crt", "githubAppPrivateKey"]) {
      const read = () =>
        readGitSecret(secret({ username: "me", githubAppID: "7", [key]: value }), HTTPS, undefined);
      quick(read);
      expect(read().kind).toBe("problem");
    }
  }
});

test("no known_hosts keeps the operator busy", () => {
  const { publicKey } = makeSshKey();
  const host = { host: `${"a".repeat(250)}b`, port: 22 };
  quick(() => chooseKnownHosts(host, [{ from: "spec", text: `${"*a".repeat(200)}c ${publicKey}` }]));
  quick(() =>
    chooseKnownHosts(host, [{ from: "spec", text: `|1|c2FsdA==|aGFzaA== ${publicKey}\n`.repeat(5000) }]),
  );
});

test("masking a large secret is quick, and still done", () => {
  const large = Array.from({ length: 20_000 }, (_, i) => `line ${i} of a very long secret`).join("\n");
  quick(() => expect(redactor([large])(`it said ${large}!`)).toBe("it said [redacted]!"));
});
