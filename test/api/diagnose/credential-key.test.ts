import { afterAll, beforeAll, expect, test } from "bun:test";
import { fluxSays } from "../support/flux.ts";
import { need, untilProject } from "../support/scope.ts";
import {
  encryptedOpenSsh,
  encryptedPem,
  giveSecret,
  HTTPS_URL,
  mends,
  newKey,
  only,
  refused,
  specWith,
} from "./credential-support.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

/** A project whose Secret has these values, which the operator refuses, and its Secret. */
async function refusedWith(values: Record<string, string>, url?: string) {
  const secret = await giveSecret(lab, values);
  return { secret, name: await refused(lab, specWith(secret, url)) };
}

const healthyWith = async (values: Record<string, string>): Promise<string> =>
  lab.project(specWith(await giveSecret(lab, values)));

test("PublicKeyForPrivate: found when the file with .pub stands in identity", async () => {
  const { privateKey, publicKey } = newKey();
  const { name, secret } = await refusedWith({ identity: publicKey });
  const finding = await only(lab, name, "PublicKeyForPrivate");
  expect(finding.what).toBe(`identity in Secret ${secret} is a public key, where the private one belongs`);
  await mends(lab, name, finding, { "deploy-key": privateKey });
});

test("PublicKeyForPrivate: absent when the public key stands beside the private one", async () => {
  const { privateKey, publicKey } = newKey();
  expect(await lab.ids(await healthyWith({ identity: privateKey, "identity.pub": publicKey }))).toEqual([]);
});

test("PrivateKeyForPublic: found when identity.pub holds the private key", async () => {
  const { privateKey } = newKey();
  const { name } = await refusedWith({ identity: privateKey, "identity.pub": privateKey });
  await mends(lab, name, await only(lab, name, "PrivateKeyForPublic"));
});

test("PrivateKeyForPublic: found when ca.crt holds a private key", async () => {
  const values = { username: "me", password: "hunter-of-3141", "ca.crt": newKey().privateKey };
  const { name } = await refusedWith(values, HTTPS_URL);
  const finding = await only(lab, name, "PrivateKeyForPublic");
  await mends(lab, name, finding, { "ca.crt": `${lab.cluster.caPem.trim()}\n` });
});

test("PrivateKeyForPublic: absent when identity.pub is a public key with another comment", async () => {
  const { privateKey, publicKey } = newKey();
  const values = { identity: privateKey, "identity.pub": `${publicKey} made by hand` };
  expect(await lab.ids(await healthyWith(values))).toEqual([]);
});

test("NotAPrivateKey: found when a path was stored in place of the file", async () => {
  const { name } = await refusedWith({ identity: "./deploy-key" });
  const finding = await only(lab, name, "NotAPrivateKey");
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
});

test("NotAPrivateKey: absent when the key merely has Windows line breaks and no last one", async () => {
  const identity = newKey().privateKey.trim().replaceAll("\n", "\r\n");
  expect(await lab.ids(await healthyWith({ identity }))).toEqual([]);
});

test("PrivateKeyDamaged: found when the end of the key is missing", async () => {
  const { privateKey } = newKey();
  const { name } = await refusedWith({ identity: privateKey.slice(0, 200) });
  const finding = await only(lab, name, "PrivateKeyDamaged");
  expect(finding.evidence).toContain("is cut off");
  await mends(lab, name, finding, { "deploy-key": privateKey });
});

test("PrivateKeyDamaged: absent when the key is whole and of a kind that is not taken", async () => {
  const { name } = await refusedWith({ identity: "PuTTY-User-Key-File-3: ssh-ed25519\n" });
  expect(await lab.ids(name)).toEqual(["PrivateKeyUnsupported"]);
});

test("PrivateKeyUnsupported: found when the key is in PuTTY's format", async () => {
  const { name } = await refusedWith({ identity: "PuTTY-User-Key-File-3: ssh-ed25519\n" });
  const finding = await only(lab, name, "PrivateKeyUnsupported");
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
});

test("PrivateKeyUnsupported: absent when the key is RSA in PEM, which Flux takes", async () => {
  expect(
    await lab.ids(
      await healthyWith({ identity: encryptedPem("hunter-of-3141"), password: "hunter-of-3141" }),
    ),
  ).toEqual([]);
});

test("PrivateKeyEncrypted: found when the key has a passphrase and the Secret no password", async () => {
  const { name } = await refusedWith({ identity: await encryptedOpenSsh("word word") });
  const finding = await only(lab, name, "PrivateKeyEncrypted");
  await mends(lab, name, finding, { passphrase: "word word\n" });
});

test("PrivateKeyEncrypted: absent when the password is there", async () => {
  const values = { identity: await encryptedOpenSsh("word word"), password: "word word" };
  expect(await lab.ids(await healthyWith(values))).toEqual([]);
});

test("PrivateKeyPasswordWrong: found when the password opens nothing", async () => {
  const { name } = await refusedWith({
    identity: encryptedPem("right-passphrase"),
    password: "wrong-passphrase",
  });
  const finding = await only(lab, name, "PrivateKeyPasswordWrong");
  await mends(lab, name, finding, { passphrase: "right-passphrase\n" });
});

test("PrivateKeyPasswordWrong: found when Flux says so of a key in OpenSSH's format", async () => {
  const name = await healthyWith({
    identity: await encryptedOpenSsh("right-passphrase"),
    password: "wrong-passphrase",
  });
  await sourceSays(
    name,
    "failed to checkout and determine revision: unable to construct auth method with options: x509: decryption password incorrect",
  );
  const finding = await only(lab, name, "PrivateKeyPasswordWrong");
  expect(finding.evidence).toContain("x509: decryption password incorrect");
  await mends(lab, name, finding, { passphrase: "right-passphrase\n" });
});

test("PrivateKeyPasswordWrong: absent when the key opens and the git host refuses it", async () => {
  const name = await healthyWith({
    identity: await encryptedOpenSsh("right-passphrase"),
    password: "right-passphrase",
  });
  await sourceSays(
    name,
    "failed to checkout and determine revision: unable to list remote for 'ssh://git@github.com/acme/shop.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
  );
  expect(await lab.ids(name)).toEqual(["KeyRefused"]);
});

test("KeyPairMismatch: found when identity.pub is of another pair, with both fingerprints", async () => {
  const [own, other] = [newKey(), newKey()];
  const { name } = await refusedWith({ identity: own.privateKey, "identity.pub": other.publicKey });
  const finding = await only(lab, name, "KeyPairMismatch");
  expect(finding.evidence).toBe(
    `identity.pub is ${other.fingerprint}, that of the private key is ${own.fingerprint}`,
  );
  await mends(lab, name, finding);
});

test("KeyPairMismatch: absent when identity.pub is no key at all", async () => {
  const { name } = await refusedWith({ identity: newKey().privateKey, "identity.pub": "see the wiki" });
  expect(await lab.ids(name)).toEqual(["CredentialMalformed"]);
});

/** What Flux says of the source of staging; the operator takes it into the project's status. */
async function sourceSays(name: string, message: string): Promise<void> {
  const live = await need(lab.admin, "GitRepository", `project-${name}-staging`, `${name}-repo`);
  await fluxSays(lab, live, { ready: "False", reason: "GitOperationFailed", message });
  await untilProject(
    lab,
    name,
    ({ status }) => status?.environments?.[0]?.source?.ready === "False",
    "has a source that fails",
  );
}
