import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import {
  base64,
  giveSecret,
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

const HOST_KEY = newKey().publicKey;
const OWN_HOST = `[git.example.com]:2222 ${HOST_KEY}`;

interface Given {
  url?: string;
  /** In the Secret. */
  secret?: string;
  spec?: string;
}

async function specOf({ url = OWN_HOST_URL, secret, spec }: Given): Promise<Partial<ProjectGitOpsSpecInput>> {
  const values = secret === undefined ? {} : { known_hosts: secret };
  const name = await giveSecret(lab, { identity: newKey().privateKey, ...values });
  const rest = specWith(name, url);
  const knownHosts = spec === undefined ? {} : { knownHosts: spec };
  return { ...rest, git: { url, credential: { secretRef: { name } }, ...knownHosts } };
}

const refusedWith = async (given: Given, reason = "KnownHostsMissing"): Promise<string> =>
  refused(lab, await specOf(given), reason);
const healthyWith = async (given: Given): Promise<string> => lab.project(await specOf(given));

test("KnownHostsMissing: found when nobody names a key of an own host", async () => {
  const name = await refusedWith({});
  const finding = await only(lab, name, "KnownHostsMissing");
  expect(finding.what).toBe("Nobody says which host key [git.example.com]:2222 has");
  expect(finding.fix).toContain("ssh-keyscan -p 2222 git.example.com > known_hosts\n");
  expect(finding.cause).toContain("compare its fingerprints");
  await mends(lab, name, finding, {}, OWN_HOST);
});

test("KnownHostsMissing: absent when the host is one whose keys are built in", async () => {
  expect(await lab.ids(await healthyWith({ url: SSH_URL }))).toEqual([]);
});

test("KnownHostsOfOtherHost: found when the Secret names another host, and its lines stay", async () => {
  const other = `example.com ${HOST_KEY}`;
  const name = await refusedWith({ secret: `${other}\n` });
  const finding = await only(lab, name, "KnownHostsOfOtherHost");
  expect(finding.evidence).toBe("it names example.com");
  await mends(lab, name, finding, {}, OWN_HOST);
  const secret = finding.object.split("/")[1] ?? "";
  const { data = {} } = await lab.admin.getSecret(lab.namespace, secret);
  expect(Buffer.from(data["known_hosts"] ?? "", "base64").toString()).toBe(`${other}\n${OWN_HOST}\n`);
});

test("KnownHostsOfOtherHost: found when the spec does, and the Secret behind it is right", async () => {
  const name = await refusedWith({ spec: `example.com ${HOST_KEY}`, secret: OWN_HOST });
  const finding = await only(lab, name, "KnownHostsOfOtherHost");
  expect(finding.object).toBe(`ProjectGitOps ${lab.namespace}/${name}`);
  await mends(lab, name, finding);
});

test("KnownHostsOfOtherHost: found when a host with built-in keys is hidden by others", async () => {
  const name = await refusedWith({ url: SSH_URL, secret: OWN_HOST });
  await mends(lab, name, await only(lab, name, "KnownHostsOfOtherHost"));
});

test("KnownHostsOfOtherHost: absent when a pattern covers the host", async () => {
  expect(await lab.ids(await healthyWith({ secret: `[*.example.com]:2222 ${HOST_KEY}` }))).toEqual([]);
});

test("KnownHostsOfOtherPort: found when the host is named for port 22 only", async () => {
  const name = await refusedWith({ secret: `git.example.com ${HOST_KEY}` });
  const finding = await only(lab, name, "KnownHostsOfOtherPort");
  expect(finding.what).toContain("names git.example.com, but not at port 2222");
  await mends(lab, name, finding, {}, OWN_HOST);
});

test("KnownHostsOfOtherPort: found in the spec, and the right ones go into the Secret", async () => {
  const name = await refusedWith({ spec: `git.example.com ${HOST_KEY}` });
  await mends(lab, name, await only(lab, name, "KnownHostsOfOtherPort"), {}, OWN_HOST);
});

test("KnownHostsOfOtherPort: absent when both ports are named", async () => {
  const secret = `git.example.com ${newKey().publicKey}\n${OWN_HOST}`;
  expect(await lab.ids(await healthyWith({ secret }))).toEqual([]);
});

test("KnownHostsInvalid: found when a line is no host key", async () => {
  const name = await refusedWith({ secret: `${OWN_HOST}\n<html>` }, "CredentialInvalid");
  const finding = await only(lab, name, "KnownHostsInvalid");
  expect(finding.evidence).toContain("line 2 of known_hosts cannot be read");
  await mends(lab, name, finding, {}, OWN_HOST);
});

test("KnownHostsInvalid: absent when the whole text is base64, which is CredentialEncodedTwice", async () => {
  const name = await refusedWith({ secret: base64(OWN_HOST) }, "CredentialInvalid");
  await mends(lab, name, await only(lab, name, "CredentialEncodedTwice"));
});

test("KnownHostsInvalid: absent when base64 stands in the spec, which is CredentialEncodedTwice too", async () => {
  const name = await refusedWith({ spec: base64(OWN_HOST) }, "CredentialInvalid");
  await mends(lab, name, await only(lab, name, "CredentialEncodedTwice"), {}, OWN_HOST);
});
