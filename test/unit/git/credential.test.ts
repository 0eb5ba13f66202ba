import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { credentialMissing, makeSshKey, readGitSecret, type SecretLike } from "../../../src/git/index.ts";
import { CERTIFICATE } from "./certificate.ts";
import { base64, decoded, HTTPS, SSH, secret } from "./support.ts";

const pair = makeSshKey("shop");
const appKey = String(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "pem", type: "pkcs1" }),
);

function copy(from: SecretLike, url = HTTPS) {
  const read = readGitSecret(from, url, undefined);
  if (read.kind === "problem") throw new Error(read.message);
  return { ...read, type: read.payload.type, data: decoded(read.payload.data) };
}

function problem(from: SecretLike, url = HTTPS) {
  const read = readGitSecret(from, url, undefined);
  if (read.kind === "ok") throw new Error("it was accepted");
  return read;
}

describe("the copy of an SSH key holds both names of the key, its public half and the host keys", () => {
  for (const key of ["identity", "ssh-privatekey"]) {
    test(`from ${key}`, () => {
      const { type, data, credential } = copy(secret({ [key]: pair.privateKey, other: "x" }), SSH);
      expect(type).toBe("kubernetes.io/ssh-auth");
      expect(Object.keys(data).sort()).toEqual(["identity", "identity.pub", "known_hosts", "ssh-privatekey"]);
      expect(data).toMatchObject({ identity: pair.privateKey, "ssh-privatekey": pair.privateKey });
      expect(data["identity.pub"]).toBe(`${pair.publicKey.replace(" shop", "")}\n`);
      expect(data["known_hosts"]).toContain("github.com ssh-ed25519 ");
      expect(credential).toMatchObject({ kind: "ssh", fingerprint: pair.fingerprint });
    });
  }

  test("from a Secret of the type kubernetes.io/ssh-auth, whose known_hosts goes before the built-in ones", () => {
    const known = `github.com ${pair.publicKey}\n`;
    const from = secret({ "ssh-privatekey": pair.privateKey, known_hosts: known }, "kubernetes.io/ssh-auth");
    expect(copy(from, SSH).data["known_hosts"]).toBe(known);
  });

  test("and spec.git.knownHosts goes before the Secret's", () => {
    const known = `github.com ${pair.publicKey}\n`;
    const read = readGitSecret(secret({ identity: pair.privateKey, known_hosts: "garbage" }), SSH, known);
    expect(read.kind === "ok" && decoded(read.payload.data)["known_hosts"]).toBe(known);
  });

  test("a password beside an unencrypted key is left out: Flux refuses it there", () => {
    expect(copy(secret({ identity: pair.privateKey, password: "word" }), SSH).data).not.toHaveProperty(
      "password",
    );
  });
});

describe("the copy for https holds", () => {
  test("username and password, without the line break that echo leaves", () => {
    const { type, data } = copy(secret({ username: "me", password: "word\n", identity: pair.privateKey }));
    expect({ type, data }).toEqual({ type: "Opaque", data: { username: "me", password: "word" } });
    expect(copy(secret({ username: "me", password: "word" }, "kubernetes.io/basic-auth")).type).toBe(
      "Opaque",
    );
  });

  test("a bearer token, and the certificate authority under Flux's new name", () => {
    const { data } = copy(secret({ bearerToken: "abc", caFile: CERTIFICATE }));
    expect(data).toEqual({ bearerToken: "abc", "ca.crt": CERTIFICATE });
  });

  test("a certificate authority alone, for a public repository", () => {
    expect(copy(secret({ "ca.crt": CERTIFICATE.replaceAll("\n", "\r\n") })).data).toEqual({
      "ca.crt": CERTIFICATE,
    });
    const bundle = `# ours\n${CERTIFICATE}\n# theirs\n${CERTIFICATE}# end\n`;
    expect(copy(secret({ "ca.crt": bundle })).data).toEqual({ "ca.crt": bundle });
  });

  test("the fields of a GitHub App", () => {
    const app = {
      githubAppID: "7",
      githubAppInstallationID: "9",
      githubAppPrivateKey: appKey,
      githubAppBaseURL: "https://ghe",
    };
    expect(copy(secret(app)).data).toEqual(app);
  });
});

describe("a Secret is refused with its name, the key and what to do", () => {
  const cases: [mistake: string, from: SecretLike, url: typeof SSH, key: string | undefined, says: string][] =
    [
      [
        "nothing in it, for ssh",
        secret({}),
        SSH,
        "identity",
        "is missing or empty: put an SSH private key there",
      ],
      ["an empty key", secret({ identity: " \n" }), SSH, "identity", "is missing or empty"],
      [
        "a key encoded twice",
        secret({ identity: base64(pair.privateKey) }),
        SSH,
        "identity",
        "base64-encoded twice",
      ],
      [
        "two keys",
        secret({ identity: pair.privateKey, "ssh-privatekey": makeSshKey().privateKey }),
        SSH,
        "identity",
        "differs from ssh-privatekey",
      ],
      [
        "another public key",
        secret({ identity: pair.privateKey, "identity.pub": makeSshKey().publicKey }),
        SSH,
        "identity.pub",
        `the private key's is ${pair.fingerprint}`,
      ],
      [
        "a private key as public one",
        secret({ identity: pair.privateKey, "identity.pub": pair.privateKey }),
        SSH,
        "identity.pub",
        "a private key stands where the public one belongs",
      ],
      [
        "a password for ssh",
        secret({ username: "me", password: "word" }),
        SSH,
        "identity",
        "the URL is ssh, but the Secret holds username, password",
      ],
      [
        "a registry's Secret",
        secret({ ".dockerconfigjson": "{}" }, "kubernetes.io/dockerconfigjson"),
        SSH,
        undefined,
        "cannot sign in over ssh",
      ],
      [
        "an ssh-auth Secret for https",
        secret({ "ssh-privatekey": pair.privateKey }, "kubernetes.io/ssh-auth"),
        HTTPS,
        undefined,
        "cannot sign in over https",
      ],
      [
        "nothing in it, for https",
        secret({}),
        HTTPS,
        "password",
        "put username and password, or bearerToken",
      ],
      [
        "an SSH key for https",
        secret({ identity: pair.privateKey }),
        HTTPS,
        "password",
        "the URL is https, but the Secret holds identity",
      ],
      ["no password", secret({ username: "me" }), HTTPS, "password", "is missing or empty"],
      ["no username", secret({ password: "word" }), HTTPS, "username", "is missing or empty"],
      [
        "two ways to sign in",
        secret({ bearerToken: "a", username: "me", password: "b" }),
        HTTPS,
        "username",
        "stands beside bearerToken",
      ],
      ["a token of two lines", secret({ bearerToken: "a\nb" }), HTTPS, "bearerToken", "must be one line"],
      [
        "a token encoded twice",
        secret({ bearerToken: base64("ghp_abcdefghijkl") }),
        HTTPS,
        "bearerToken",
        "base64-encoded twice",
      ],
      ["a certificate that is none", secret({ "ca.crt": "hello" }), HTTPS, "ca.crt", "no certificate"],
      [
        "a broken certificate",
        secret({ "ca.crt": CERTIFICATE.replace("MII", "AAA") }),
        HTTPS,
        "ca.crt",
        "no certificate",
      ],
      [
        "a certificate encoded twice",
        secret({ "ca.crt": base64(CERTIFICATE) }),
        HTTPS,
        "ca.crt",
        "base64-encoded twice",
      ],
      [
        "a private key as certificate",
        secret({ "ca.crt": `${CERTIFICATE}${appKey}` }),
        HTTPS,
        "ca.crt",
        "holds a private key",
      ],
      [
        "an App without installation",
        secret({ githubAppID: "7", githubAppPrivateKey: appKey }),
        HTTPS,
        "githubAppInstallationID",
        "exactly one of",
      ],
      [
        "an App with a name for a number",
        secret({ githubAppID: "shop" }),
        HTTPS,
        "githubAppID",
        "must be the App's number",
      ],
      [
        "an App without key",
        secret({ githubAppID: "7", githubAppInstallationID: "9" }),
        HTTPS,
        "githubAppPrivateKey",
        "is missing or empty",
      ],
    ];
  for (const [mistake, from, url, key, says] of cases) {
    test(mistake, () => {
      const found = problem(from, url);
      expect({ reason: found.reason, key: found.key }).toEqual({
        reason: "CredentialInvalid",
        key: key as string,
      });
      expect(found.message).toStartWith("Secret platform/shop-git");
      expect(found.message).toContain(says);
      for (const value of Object.values(decoded(from.data ?? {})).filter((text) => text.length > 70)) {
        expect(found.message).not.toContain(value.slice(40, 60));
      }
    });
  }

  test("or because it is not there, with the command that makes it", () => {
    expect(credentialMissing("platform", "shop-git", "ssh")).toMatchObject({
      reason: "CredentialMissing",
      message: expect.stringContaining(
        "kubectl create secret generic shop-git -n platform --from-file=identity=",
      ),
    });
  });
});

test("what must never be shown is told to whoever masks texts", () => {
  expect(copy(secret({ username: "me", password: "word" })).secrets).toEqual(["word"]);
  expect(copy(secret({ identity: pair.privateKey }), SSH).secrets).toEqual([pair.privateKey]);
  expect(copy(secret({ bearerToken: "abc" })).secrets).toEqual(["abc"]);
});
