import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeSshKey } from "../../../src/git/index.ts";
import { uniqueName } from "../../cluster/index.ts";
import {
  base64,
  giveSecret,
  HTTPS_URL,
  mends,
  newKey,
  OWN_HOST_URL,
  only,
  refused,
  SSH_URL,
  specWith,
} from "./credential-support.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

test("CredentialMissing: found when no Secret has the name, and the command makes one", async () => {
  const secret = uniqueName("nobody");
  const name = await refused(lab, specWith(secret), "CredentialMissing");
  const finding = await only(lab, name, "CredentialMissing");
  expect(finding.object).toBe(`Secret ${lab.namespace}/${secret}`);
  expect(finding.since).toBeDefined();
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
});

test("CredentialMissing: found when the name is written wrong, and the Secret that was meant is taken", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await refused(lab, specWith(`${secret}s`), "CredentialMissing");
  const finding = await only(lab, name, "CredentialMissing");
  expect(finding.what).toContain(`did you mean ${secret}`);
  await mends(lab, name, finding);
});

test("CredentialMissing: found when the host is an own one, and the command asks for its key too", async () => {
  const secret = uniqueName("nobody");
  const name = await refused(lab, specWith(secret, OWN_HOST_URL), "CredentialMissing");
  const finding = await only(lab, name, "CredentialMissing");
  const hostKeys = `[git.example.com]:2222 ${newKey().publicKey}`;
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey }, hostKeys);
});

test("CredentialMissing: absent when the Secret is there and empty, which is CredentialKeysMissing", async () => {
  const name = await refused(lab, specWith(await giveSecret(lab, {})));
  expect(await lab.ids(name)).toEqual(["CredentialKeysMissing"]);
});

test("CredentialWrongType: found when a Secret with the right content says that it is for something else", async () => {
  const values = { identity: newKey().privateKey };
  const secret = await giveSecret(lab, values, { type: "example.com/deploy-key" });
  const name = await refused(lab, specWith(secret));
  const finding = await only(lab, name, "CredentialWrongType");
  expect(finding.what).toContain("is of type example.com/deploy-key");
  await mends(lab, name, finding);
});

test("CredentialWrongType: found when a registry's Secret is named, and it is left as it is", async () => {
  const values = { ".dockerconfigjson": "{}" };
  const secret = await giveSecret(lab, values, { type: "kubernetes.io/dockerconfigjson" });
  const name = await refused(lab, specWith(secret));
  const finding = await only(lab, name, "CredentialWrongType");
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
  expect((await lab.admin.getSecret(lab.namespace, secret)).type).toBe("kubernetes.io/dockerconfigjson");
});

test("CredentialWrongType: absent when the type is kubernetes.io/ssh-auth, which is for ssh URLs", async () => {
  const values = { "ssh-privatekey": newKey().privateKey };
  const secret = await giveSecret(lab, values, { type: "kubernetes.io/ssh-auth" });
  expect(await lab.ids(await lab.project(specWith(secret)))).toEqual([]);
});

test("SshKeyForHttps: found when the URL is https and the Secret holds an SSH key", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  const finding = await only(lab, name, "SshKeyForHttps");
  expect(finding.fix).toContain("ssh://git@github.com/acme/shop.git");
  await mends(lab, name, finding);
});

test("SshKeyForHttps: absent when there is a password beside the SSH key", async () => {
  const secret = await giveSecret(lab, {
    identity: newKey().privateKey,
    username: "me",
    password: "hunter-of-3141",
  });
  expect(await lab.ids(await lab.project(specWith(secret, HTTPS_URL)))).toEqual([]);
});

test("HttpsCredentialForSsh: found when the URL is ssh and the Secret holds a password", async () => {
  const secret = await giveSecret(lab, { username: "me", password: "hunter-of-3141" });
  const name = await refused(lab, specWith(secret, SSH_URL));
  const finding = await only(lab, name, "HttpsCredentialForSsh");
  expect(finding.fix).toContain("https://github.com/acme/shop.git");
  await mends(lab, name, finding);
});

test("HttpsCredentialForSsh: absent when the password is that of an encrypted key", async () => {
  const secret = await giveSecret(lab, { identity: "no key", password: "hunter-of-3141" });
  expect(await lab.ids(await refused(lab, specWith(secret)))).toEqual(["NotAPrivateKey"]);
});

test("CredentialKeysMissing: found when the SSH key has another name, and the command copies it", async () => {
  const secret = await giveSecret(lab, { id_rsa: newKey().privateKey, "note.txt": "made by hand" });
  const name = await refused(lab, specWith(secret));
  const finding = await only(lab, name, "CredentialKeysMissing");
  expect(finding.evidence).toContain("holds id_rsa, note.txt");
  expect(finding.cause).toContain("asks for identity (or ssh-privatekey); id_rsa holds an SSH private key");
  await mends(lab, name, finding);
});

test("CredentialKeysMissing: found when an https URL has a user name alone", async () => {
  const secret = await giveSecret(lab, { username: "me", password: "" });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  const finding = await only(lab, name, "CredentialKeysMissing");
  expect(finding.evidence).toContain("holds password (empty), username");
  expect(finding.cause).toContain("username and password, or bearerToken, or githubAppID");
  await mends(lab, name, finding, { token: "word\n" });
});

test("CredentialKeysMissing: absent when all is there and one value cannot be used", async () => {
  const secret = await giveSecret(lab, { identity: "./deploy-key" });
  expect(await lab.ids(await refused(lab, specWith(secret)))).toEqual(["NotAPrivateKey"]);
});

test("CredentialEncodedTwice: found when the private key is base64 of base64, and the command decodes it", async () => {
  const secret = await giveSecret(lab, { identity: base64(newKey().privateKey), note: "stays" });
  const name = await refused(lab, specWith(secret));
  const finding = await only(lab, name, "CredentialEncodedTwice");
  expect(finding.what).toBe(`identity in Secret ${secret} is base64-encoded twice`);
  await mends(lab, name, finding);
  const { data } = await lab.admin.getSecret(lab.namespace, secret);
  expect(Object.keys(data ?? {}).toSorted()).toEqual(["identity", "note"]);
});

test("CredentialEncodedTwice: found when the token of an https URL is", async () => {
  const secret = await giveSecret(lab, { bearerToken: `${base64("ghp_0123456789abcdefghij")}\n` });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  await mends(lab, name, await only(lab, name, "CredentialEncodedTwice"));
});

test("CredentialEncodedTwice: absent when a password merely looks like base64", async () => {
  const secret = await giveSecret(lab, { username: "me", password: base64("a password, chosen so") });
  expect(await lab.ids(await lab.project(specWith(secret, HTTPS_URL)))).toEqual([]);
});

test("CredentialAmbiguous: found when identity and ssh-privatekey differ, with the fingerprint of each", async () => {
  const [one, other] = [makeSshKey(), makeSshKey()];
  const secret = await giveSecret(lab, { identity: one.privateKey, "ssh-privatekey": other.privateKey });
  const name = await refused(lab, specWith(secret));
  const finding = await only(lab, name, "CredentialAmbiguous");
  expect(finding.evidence).toBe(`identity is ${one.fingerprint}, ssh-privatekey is ${other.fingerprint}`);
  await mends(lab, name, finding);
});

test("CredentialAmbiguous: found when there are two ways to sign in over https", async () => {
  const secret = await giveSecret(lab, { username: "me", password: "hunter-of-3141", bearerToken: "abc" });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  await mends(lab, name, await only(lab, name, "CredentialAmbiguous"));
});

test("CredentialAmbiguous: absent when both names hold the same key", async () => {
  const { privateKey } = newKey();
  const secret = await giveSecret(lab, { identity: privateKey, "ssh-privatekey": privateKey });
  expect(await lab.ids(await lab.project(specWith(secret)))).toEqual([]);
});

test("CredentialMalformed: found when identity.pub is no public key", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey, "identity.pub": "see the wiki" });
  const name = await refused(lab, specWith(secret));
  await mends(lab, name, await only(lab, name, "CredentialMalformed"));
});

test("CredentialMalformed: found when a token has two lines", async () => {
  const secret = await giveSecret(lab, { bearerToken: "first-line\nsecond-line" });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  const finding = await only(lab, name, "CredentialMalformed");
  expect(JSON.stringify(finding)).not.toContain("second-line");
  await mends(lab, name, finding, { token: "abc\n" });
});

test("CredentialMalformed: absent when a token ends with a line break, as echo leaves it", async () => {
  const secret = await giveSecret(lab, { bearerToken: "abc\n" });
  expect(await lab.ids(await lab.project(specWith(secret, HTTPS_URL)))).toEqual([]);
});

test("CertificateInvalid: found when ca.crt is no certificate", async () => {
  const secret = await giveSecret(lab, {
    username: "me",
    password: "hunter-of-3141",
    "ca.crt": "<html>not found</html>",
  });
  const name = await refused(lab, specWith(secret, HTTPS_URL));
  const finding = await only(lab, name, "CertificateInvalid");
  await mends(lab, name, finding, { "ca.crt": certificate() });
});

test("CertificateInvalid: absent when ca.crt is a bundle with comments", async () => {
  const bundle = `# ours\n${certificate()}# theirs\n${certificate()}`;
  const secret = await giveSecret(lab, { username: "me", password: "hunter-of-3141", "ca.crt": bundle });
  expect(await lab.ids(await lab.project(specWith(secret, HTTPS_URL)))).toEqual([]);
});

const certificate = (): string => `${lab.cluster.caPem.trim()}\n`;
