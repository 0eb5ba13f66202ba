import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { SECRETS } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import type { GiteaServer } from "../../unit/git/hosts/servers/gitea-server.ts";
import { untilReady } from "../support/flux.ts";
import {
  generated,
  giveHostCredential,
  HOST_TOKEN,
  hostFlags,
  startGitHost,
  WRONG_TOKEN,
} from "../support/git-host.ts";
import { condition, untilProject } from "../support/scope.ts";
import { base64, mends, only } from "./credential-support.ts";
import { type Lab, openLab } from "./lab.ts";

let host: GiteaServer;
let lab: Lab;
beforeAll(async () => {
  host = await startGitHost("shop");
  lab = await openLab(hostFlags(host));
}, 60_000);
afterAll(async () => {
  await lab?.stop();
  await host?.tls.stop();
});

/** A Secret of a test alone, with this token for the host. */
async function tokenSecret(token: string): Promise<string> {
  const name = `host-${crypto.randomUUID().slice(0, 8)}`;
  await giveHostCredential(lab, host, { name, token });
  return name;
}

const failureOf = ({ status }: ProjectGitOps) => status?.credential?.failure;

/** A project that waits for the host, for this reason. */
async function refusedByHost(spec: ReturnType<typeof generated>, reason: string): Promise<string> {
  const name = await lab.apply(spec);
  const isRefused = (project: ProjectGitOps) => condition(project, "Ready")?.reason === reason;
  await untilProject(lab, name, isRefused, `is not Ready for ${reason}`);
  return name;
}

test("CredentialNotMade: found when the host does not accept the token, with its words, and the fix puts another there", async () => {
  const secret = await tokenSecret(WRONG_TOKEN);
  const name = await refusedByHost(generated(host, { secret }), "HostUnauthorized");
  const finding = await only(lab, name, "CredentialNotMade");
  expect(finding.what).toBe(`The operator cannot make the git credential of ${name} (HostUnauthorized)`);
  expect(finding.evidence).toContain("401");
  expect(finding.cause).toContain(`Secret ${secret}`);
  expect(finding.since).toBeDefined();
  await mends(lab, name, finding, { token: HOST_TOKEN });
});

test("CredentialNotMade: found when the Secret that the host is asked with is missing, and not CredentialMissing", async () => {
  const name = await refusedByHost(generated(host, { secret: "forgotten" }), "CredentialMissing");
  const finding = await only(lab, name, "CredentialNotMade");
  expect(finding.evidence).toContain(`Secret ${lab.namespace}/forgotten does not exist`);
  await giveHostCredential(lab, host, { name: "forgotten" });
  await untilReady(lab, name);
  expect(await lab.ids(name)).toEqual([]);
});

test("CredentialNotMade: found when the host knows no such repository", async () => {
  const secret = await tokenSecret(HOST_TOKEN);
  const name = await refusedByHost(
    generated(host, { secret, repository: "shoe" }),
    "RepositoryNotFoundOnHost",
  );
  const finding = await only(lab, name, "CredentialNotMade");
  expect(finding.fix).toContain(`kubectl edit pgops ${name} -n ${lab.namespace}`);
});

test("CredentialNotMade: absent when the host has made it", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  expect(await lab.ids(name)).toEqual([]);
});

/** Asks for a rotation that the host refuses: the token is another by now. */
async function withFailedRotation(): Promise<string> {
  const secret = await tokenSecret(HOST_TOKEN);
  const name = await lab.project(generated(host, { secret }));
  const ref = { namespace: lab.namespace, name };
  const data = { token: base64(WRONG_TOKEN) };
  await lab.admin.patch(SECRETS, { ...ref, name: secret }, { data }, { type: "merge" });
  const annotations = { "projectgitops.dev/rotate": new Date().toISOString() };
  await lab.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
  await untilProject(
    lab,
    name,
    (project) => failureOf(project)?.reason === "HostUnauthorized",
    "says that its rotation failed",
  );
  return name;
}

test("CredentialRotationFailed: found when the host refuses the next one, as a warning, and the fix has it made", async () => {
  const name = await withFailedRotation();
  const { healthy } = await lab.diagnose(name);
  expect(healthy).toBe(true);
  const finding = await only(lab, name, "CredentialRotationFailed");
  expect(finding.what).toContain("is not rotated (HostUnauthorized); the old one stays in force");
  expect(finding.fix).toContain(`projectgitops credential rotate ${name} -n ${lab.namespace}`);
  await mends(lab, name, finding, { token: HOST_TOKEN });
});

test("CredentialRotationFailed: absent when the rotation succeeds", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  const before = (await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).status?.credential;
  await lab.typed(`credential rotate ${name} -n ${lab.namespace}`);
  await untilProject(
    lab,
    name,
    ({ status }) => status?.credential?.title !== before?.title,
    "has another credential",
  );
  await untilReady(lab, name);
  expect(await lab.ids(name)).toEqual([]);
});

test("the host of these tests was asked as its own description says", () => {
  expect(host.complaints).toEqual([]);
});
