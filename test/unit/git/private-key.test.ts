import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { readPrivateKey } from "../../../src/git/private-key.ts";
import { makeSshKey, OPENSSH_MAGIC, publicLine } from "../../../src/git/ssh-key.ts";
import { field, uint32 } from "../../../src/git/ssh-wire.ts";
import { base64 } from "./support.ts";

function what(text: string, password?: string): string {
  const read = readPrivateKey(text, password);
  if (read.kind === "key") throw new Error("it was accepted");
  return read.what;
}

function key(text: string, password?: string) {
  const read = readPrivateKey(text, password);
  if (read.kind === "unusable") throw new Error(read.what);
  return read;
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;
const pem = (k: typeof rsa, type: "pkcs1" | "sec1" | "pkcs8", passphrase?: string) =>
  String(
    k.export({ format: "pem", type, ...(passphrase ? { cipher: "aes-256-cbc", passphrase } : {}) } as never),
  );

/** A file in OpenSSH's format whose private half is not readable here. */
function openSsh(type: string, cipher: string, keys = 1): string {
  const blob = Buffer.concat([field(type), field(Buffer.alloc(32, 7))]);
  const parts = [
    Buffer.from(OPENSSH_MAGIC),
    field(cipher),
    field("bcrypt"),
    field("salt"),
    uint32(keys),
    field(blob),
  ];
  const body = Buffer.concat([...parts, field(Buffer.alloc(64))]).toString("base64");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

describe("a private key is taken", () => {
  test("in each format that Flux takes, with its public half", () => {
    expect(publicLine(key(makeSshKey().privateKey).blob)).toStartWith(
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
    );
    expect(publicLine(key(pem(rsa, "pkcs1")).blob)).toStartWith("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ");
    expect(publicLine(key(pem(ec, "sec1")).blob)).toStartWith("ecdsa-sha2-nistp384 AAAA");
    expect(publicLine(key(pem(ed25519, "pkcs8")).blob)).toStartWith("ssh-ed25519 AAAA");
  });

  test("with Windows line breaks, without the last one, and with blanks around it: it is mended", () => {
    const { privateKey } = makeSshKey();
    for (const written of [privateKey.replaceAll("\n", "\r\n"), privateKey.trim(), `\n  ${privateKey}\n\n`]) {
      expect(key(written).privateKey).toBe(privateKey);
    }
  });

  test("encrypted, when the password is there", () => {
    expect(key(openSsh("ssh-ed25519", "aes256-ctr"), "word").encrypted).toBe(true);
    expect(key(pem(rsa, "pkcs1", "word"), "word").encrypted).toBe(true);
  });
});

describe("a private key is refused, with what to do", () => {
  const { privateKey, publicKey } = makeSshKey();
  const cases: [mistake: string, text: string, says: string][] = [
    ["encoded twice", base64(privateKey), "is base64-encoded twice"],
    ["the public key", publicKey, "take the file without .pub"],
    [
      "a public key in PEM",
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
      "stands where the private key belongs",
    ],
    ["PuTTY's format", "PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen key.ppk -O private-openssh"],
    [
      "\\n for line breaks",
      privateKey.replaceAll("\n", "\\n"),
      "line breaks of the private key are written as \\n",
    ],
    ["any text", "hello", "it must begin with -----BEGIN OPENSSH PRIVATE KEY-----"],
    ["cut off", privateKey.slice(0, 200), "is cut off"],
    ["damaged", privateKey.replace("b3BlbnNzaC1rZXktdjEA", "c3BlbnNzaC1rZXktdjEA"), "is damaged"],
    ["damaged PEM", pem(rsa, "pkcs1").replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), "is damaged"],
    ["encrypted without a password", openSsh("ssh-rsa", "aes256-ctr"), "the Secret has no key password"],
    ["encrypted PEM without a password", pem(rsa, "pkcs1", "word"), "the Secret has no key password"],
    ["encrypted PKCS#8", pem(rsa, "pkcs8", "word"), "ssh-keygen -p -f key"],
    ["DSA", openSsh("ssh-dss", "none"), "DSA keys are refused"],
    ["a hardware key", openSsh("sk-ssh-ed25519@openssh.com", "none"), "needs a hardware token"],
    ["two keys in one file", openSsh("ssh-ed25519", "none", 2), "exactly one private key"],
  ];
  for (const [mistake, text, says] of cases) {
    test(mistake, () => {
      expect(what(text)).toContain(says);
    });
  }

  test("with a wrong password", () => {
    expect(what(pem(rsa, "pkcs1", "word"), "wrong")).toContain(
      "cannot be decrypted with the value of password",
    );
  });

  test("whose halves do not belong together", () => {
    const [a, b] = [makeSshKey(), makeSshKey()].map(({ privateKey: text }) =>
      Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64"),
    );
    if (!a || !b) throw new Error("two keys are made");
    // The public half stands in bytes 39 to 97.
    const mixed = Buffer.concat([a.subarray(0, 97), b.subarray(97)]).toString("base64");
    expect(
      what(`-----BEGIN OPENSSH PRIVATE KEY-----\n${mixed}\n-----END OPENSSH PRIVATE KEY-----\n`),
    ).toContain("is damaged");
  });
});
