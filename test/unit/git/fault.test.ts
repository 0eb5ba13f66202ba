import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import {
  type CredentialFault,
  type CredentialProblem,
  chooseKnownHosts,
  credentialMissing,
  hostNotAllowed,
  imagePullSecretMissing,
  makeSshKey,
  readGitSecret,
  readImagePullSecret,
  type SecretLike,
} from "../../../src/git/index.ts";
import { CERTIFICATE } from "./certificate.ts";
import { base64, HTTPS, SSH, secret } from "./support.ts";

const { privateKey, publicKey } = makeSshKey();
const encrypted = String(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    format: "pem",
    type: "pkcs1",
    cipher: "aes-256-cbc",
    passphrase: "word",
  }),
);

const git = (values: Record<string, string>, url = SSH) => readGitSecret(secret(values), url, undefined);
const https = (values: Record<string, string>) => git(values, HTTPS);
const key = (identity: string, others: Record<string, string> = {}) => git({ identity, ...others });
const hosts = (text: string | undefined, port = 22) =>
  chooseKnownHosts({ host: "git.example.com", port }, [{ from: "spec.git.knownHosts", text }]);
const pull = (from: SecretLike) => readImagePullSecret(from);

/** Every fault, and the mistakes that people make it with. The compiler refuses one that is left out. */
const MISTAKES: Record<CredentialFault, Record<string, { kind: string } | CredentialProblem>> = {
  SecretMissing: { "no Secret": credentialMissing("platform", "shop-git", "ssh") },
  WrongType: {
    "a registry's Secret": readGitSecret(secret({}, "kubernetes.io/dockercfg"), SSH, undefined),
    "a key of type ssh-auth for https": readGitSecret(secret({}, "kubernetes.io/ssh-auth"), HTTPS, undefined),
  },
  KeysMissing: {
    "nothing, for ssh": git({}),
    "another name for the key": git({ id_rsa: privateKey }),
    "nothing, for https": https({}),
    "no password": https({ username: "me" }),
    "an App without key": https({ githubAppID: "7" }),
    "an App without installation": https({ githubAppID: "7", githubAppPrivateKey: privateKey }),
  },
  SshKeyForHttps: { "a key for https": https({ identity: privateKey }) },
  HttpsCredentialForSsh: {
    "a password for ssh": git({ username: "me", password: "word" }),
    "a token for ssh": git({ bearerToken: "word" }),
  },
  EncodedTwice: {
    "a private key": key(base64(privateKey)),
    "a private key, folded": key(base64(privateKey).replaceAll(/.{76}/g, "$&\n")),
    "a public key": key(privateKey, { "identity.pub": base64(publicKey) }),
    "an App's key": https({ githubAppID: "7", githubAppPrivateKey: base64(privateKey) }),
    "a token": https({ bearerToken: base64("ghp_abcdefghijkl") }),
    "a certificate": https({ "ca.crt": base64(CERTIFICATE) }),
    known_hosts: hosts(base64(`# git.example.com:22 SSH-2.0\ngit.example.com ${publicKey}\n`)),
    "known_hosts of a Secret": key(privateKey, { known_hosts: base64(`github.com ${publicKey}`) }),
  },
  Ambiguous: {
    "two keys": key(privateKey, { "ssh-privatekey": makeSshKey().privateKey }),
    "two ways to sign in": https({ bearerToken: "a", username: "me", password: "b" }),
    "two installations": https({
      githubAppID: "7",
      githubAppPrivateKey: privateKey,
      githubAppInstallationID: "9",
      githubAppInstallationOwner: "acme",
    }),
  },
  Malformed: {
    "a token of two lines": https({ bearerToken: "a\nb" }),
    "a name for a number": https({ githubAppID: "shop" }),
    "any text as public key": key(privateKey, { "identity.pub": "hello" }),
  },
  PublicForPrivate: {
    "the file with .pub": key(publicKey),
    "a certificate": key(CERTIFICATE),
  },
  PrivateForPublic: {
    "in identity.pub": key(privateKey, { "identity.pub": privateKey }),
    "in ca.crt": https({ "ca.crt": `${CERTIFICATE}${privateKey}` }),
  },
  KeyEncrypted: { "no password": key(encrypted) },
  WrongPassword: { "another password": key(encrypted, { password: "wrong" }) },
  PairMismatch: { "another public key": key(privateKey, { "identity.pub": makeSshKey().publicKey }) },
  NotAKey: { "any text": key("hello"), "a very long text": key("x".repeat(70_000)) },
  KeyDamaged: {
    "cut off": key(privateKey.slice(0, 200)),
    "other bytes": key(privateKey.replace("b3BlbnNzaC1rZXktdjEA", "c3BlbnNzaC1rZXktdjEA")),
    "\\n for line breaks": key(privateKey.replaceAll("\n", "\\n")),
  },
  KeyUnsupported: { "PuTTY's format": key("PuTTY-User-Key-File-3: ssh-ed25519\n") },
  NotACertificate: { "any text": https({ "ca.crt": "hello" }) },
  KnownHostsMissing: { nothing: hosts(undefined), blanks: hosts(" \n") },
  KnownHostsOfOtherHost: {
    "another host": hosts(`example.com ${publicKey}`),
    "a name that begins alike": hosts(`[git.example.com.org]:2222 ${publicKey}`),
    "a revoked key": hosts(`@revoked git.example.com ${publicKey}`),
  },
  KnownHostsOfOtherPort: {
    "22 and not 2222": hosts(`git.example.com ${publicKey}`, 2222),
    "2222 and not 22": hosts(`[git.example.com]:2222 ${publicKey}`),
    "7999 and not 2222": hosts(`[git.example.com]:7999 ${publicKey}`, 2222),
  },
  KnownHostsGarbage: {
    "no key": hosts("git.example.com ssh-ed25519 garbage"),
    "what curl prints of a web page": hosts("<html>"),
  },
  HostNotAllowed: { "another host": hostNotAllowed(secret({}), ["gitlab.com"], SSH) },
  PullSecretMissing: { "no Secret": imagePullSecretMissing("platform", "registry") },
  PullSecretWrongType: { Opaque: pull(secret({ ".dockerconfigjson": "{}" })) },
  PullSecretEmpty: { "no key": pull(secret({}, "kubernetes.io/dockercfg")) },
};

for (const [fault, mistakes] of Object.entries(MISTAKES)) {
  describe(`${fault} is told for`, () => {
    for (const [mistake, problem] of Object.entries(mistakes)) {
      test(mistake, () => {
        expect(problem).toMatchObject({ kind: "problem", fault: fault as CredentialFault });
      });
    }
  });
}

test("known_hosts that were encoded twice are told with what to write instead", () => {
  expect(hosts(base64(`git.example.com ${publicKey}`))).toMatchObject({
    reason: "CredentialInvalid",
    message: expect.stringContaining("spec.git.knownHosts: known_hosts is base64-encoded once too often"),
  });
  expect(key(privateKey, { "identity.pub": base64(publicKey) })).toMatchObject({
    reason: "CredentialInvalid",
    key: "identity.pub",
    message: expect.stringContaining(
      "the public key is base64-encoded twice: write its line under stringData",
    ),
  });
});
