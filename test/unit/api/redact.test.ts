import { describe, expect, test } from "bun:test";
import { assert, nat, property, string } from "fast-check";
import { redactor } from "../../../src/api/redact.ts";
import { makeSshKey } from "../../../src/git/ssh-key.ts";

const SECRET = 'p@ss/wörd+ %&<"x';

describe("a secret is masked", () => {
  const mask = redactor([SECRET]);
  const forms = {
    raw: SECRET,
    "in base64": Buffer.from(SECRET).toString("base64"),
    "in URL-safe base64": Buffer.from(SECRET).toString("base64url"),
    "in base64 that is URL-encoded": encodeURIComponent(Buffer.from(SECRET).toString("base64")),
    "URL-encoded": encodeURIComponent(SECRET),
    "URL-encoded with + for spaces": new URLSearchParams({ a: SECRET }).toString().slice(2),
    "URL-encoded in lower case": encodeURIComponent(SECRET).toLowerCase(),
    "as JSON": JSON.stringify(SECRET).slice(1, -1),
    "as Go writes JSON": JSON.stringify(SECRET).slice(1, -1).replace("&", "\\u0026").replace("<", "\\u003c"),
  };
  for (const [how, text] of Object.entries(forms)) {
    test(how, () => {
      expect(mask(`admission said: "${text}" is not good`)).toBe('admission said: "[redacted]" is not good');
    });
  }

  test("in a Basic header, where it stands behind a user of any length", () => {
    for (const user of ["a", "ab", "abc", "abcd"]) {
      const header = Buffer.from(`${user}:${SECRET}`).toString("base64");
      const shown = Buffer.from(mask(header).replace("[redacted]", ""), "base64").toString();
      expect(shown).not.toContain("ss/w");
    }
  });
});

test("a line of a private key alone is masked", () => {
  const { privateKey } = makeSshKey();
  const line = privateKey.split("\n")[1] ?? "";
  expect(redactor([privateKey])(`illegal data: ${line}`)).toBe("illegal data: [redacted]");
});

test("private keys and passwords in URLs are masked though nobody listed them", () => {
  const { privateKey } = makeSshKey();
  expect(redactor([])(`key ${privateKey} end`)).toBe("key [redacted]\n end");
  expect(redactor([])("unable to clone https://me:hunter2@h/x")).toBe(
    "unable to clone https://me:[redacted]@h/x",
  );
});

test("text without secrets stays as it is, and secrets too short to be any do not spoil it", () => {
  const text = "ssh://git@github.com/acme/shop.git: ssh: handshake failed";
  expect(redactor(["", "a", "ssh", SECRET])(text)).toBe(text);
});

test("no secret of 6 characters or more comes through in base64, wherever it begins", () => {
  assert(
    property(string({ minLength: 6, maxLength: 40, unit: "grapheme" }), nat(5), (secret, before) => {
      const around = Buffer.from(`${"x".repeat(before)}${secret}yz`).toString("base64");
      return redactor([secret])(around).includes("[redacted]");
    }),
  );
});
