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

const refusal = () => Response.json({ message: "token is expired" }, { status: 401 });

/** Asks for a rotation that the host refuses, as it does when a token has expired. */
async function withFailedRotation(): Promise<string> {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  host.tls.fault = refusal;
  try {
    await lab.typed(`credential rotate ${name} -n ${lab.namespace}`);
    const isRefused = (project: ProjectGitOps) => failureOf(project)?.reason === "HostUnauthorized";
    await untilProject(lab, name, isRefused, "says that its rotation failed");
  } finally {
    host.tls.fault = undefined;
  }
  return name;
}

test("CredentialRotationFailed: found when the host refuses the next one, as a warning, and the fix has it made", async () => {
  // Asked for, it is tried again in each pass: none is to come in between.
  const name = await withFailedRotation();
  await lab.operator.stop();
  const { healthy } = await lab.diagnose(name);
  expect(healthy).toBe(true);
  const finding = await only(lab, name, "CredentialRotationFailed");
  expect(finding.what).toContain("is not rotated (HostUnauthorized); the old one stays in force");
  expect(finding.fix).toContain(`projectgitops credential rotate ${name} -n ${lab.namespace}`);
  await lab.restart();
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

const keptSecret = (name: string) => ({ namespace: lab.namespace, name: `${name}-git-credential` });

test("NotAPrivateKey: found when somebody changed the Secret that the operator keeps, and another one mends it", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  const data = { identity: base64("no key at all") };
  await lab.admin.patch(SECRETS, keptSecret(name), { data }, { type: "merge", fieldManager: "kubectl-edit" });
  const isRefused = (project: ProjectGitOps) => condition(project, "Ready")?.reason === "CredentialInvalid";
  await untilProject(lab, name, isRefused, "is not Ready for CredentialInvalid");
  const finding = await only(lab, name, "NotAPrivateKey");
  expect(finding.fix).toBe(`projectgitops credential rotate ${name} -n ${lab.namespace}`);
  await mends(lab, name, finding);
});

test("CredentialCopyEdited: found when known_hosts was removed from the copy of what the operator made", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  await lab.typed(`suspend ${name} -n ${lab.namespace}`);
  const isSuspended = (project: ProjectGitOps) => condition(project, "Ready")?.reason === "Suspended";
  await untilProject(lab, name, isSuspended, "is suspended");
  const copy = { namespace: `project-${name}-staging`, name: `${name}-git-auth` };
  await lab.admin.patch(SECRETS, copy, { data: { known_hosts: null } }, { type: "merge" });
  const finding = await lab.first(name, "CredentialCopyEdited");
  expect(finding.what).toBe("The copy of the git credential in staging was changed by hand");
});

test("CredentialExpiresSoon: absent when the operator replaces the credential before", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  const annotations = { "projectgitops.dev/expires-at": new Date(Date.now() + 86_400_000).toISOString() };
  await lab.admin.patch(SECRETS, keptSecret(name), { metadata: { annotations } }, { type: "merge" });
  expect(await lab.ids(name)).toEqual([]);
});

test("CredentialExpired: found when the operator did not replace it in time, and another one mends it", async () => {
  const name = await lab.project(generated(host, { secret: await tokenSecret(HOST_TOKEN) }));
  const annotations = { "projectgitops.dev/expires-at": new Date(Date.now() - 86_400_000).toISOString() };
  await lab.admin.patch(SECRETS, keptSecret(name), { metadata: { annotations } }, { type: "merge" });
  const finding = await only(lab, name, "CredentialExpired");
  expect(finding.fix).toBe(`projectgitops credential rotate ${name} -n ${lab.namespace}`);
  await mends(lab, name, finding);
});

test("the host of these tests was asked as its own description says", () => {
  expect(host.complaints).toEqual([]);
});
