import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { condition, untilProject } from "../support/scope.ts";
import {
  giveSecret,
  mends,
  newKey,
  only,
  pasteIn,
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

const DAY_MS = 24 * 60 * 60 * 1000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();

const giveKey = (annotations: Record<string, string>): Promise<string> =>
  giveSecret(lab, { identity: newKey().privateKey }, { annotations });
const projectThatEnds = async (at: string): Promise<string> =>
  lab.project(specWith(await giveKey({ [ANNOTATIONS.expiresAt]: at })));

/** Has the URL name gitlab.com, and waits until the operator stalls or goes along. */
async function move(name: string, stalls: boolean): Promise<void> {
  const patch = { spec: { git: { url: "git@gitlab.com:acme/shop.git" } } };
  await lab.admin.patch(PROJECTS, { namespace: lab.namespace, name }, patch, { type: "merge" });
  await untilProject(
    lab,
    name,
    (project) =>
      project.status?.observedGeneration === project.metadata.generation &&
      (condition(project, "Ready")?.reason === "CredentialHostChanged") === stalls,
    stalls ? "stalls on the change of host" : "goes along with the change of host",
  );
}

test("HostNotAllowed: found when the Secret lists other hosts", async () => {
  const secret = await giveKey({ [ANNOTATIONS.gitHosts]: "git.example.com, gitlab.com" });
  const name = await refused(lab, specWith(secret, SSH_URL), "HostNotAllowed");
  const finding = await only(lab, name, "HostNotAllowed");
  expect(finding.fix).toContain(`${ANNOTATIONS.gitHosts}=git.example.com,gitlab.com,github.com`);
  await mends(lab, name, finding);
});

test("HostNotAllowed: absent when the Secret lists this host among others", async () => {
  const secret = await giveKey({ [ANNOTATIONS.gitHosts]: "gitlab.com, GitHub.com" });
  expect(await lab.ids(await lab.project(specWith(secret)))).toEqual([]);
});

test("CredentialHostChanged: found when the URL of a project that was set up names another host", async () => {
  const name = await lab.project(specWith(await giveKey({})));
  await move(name, true);
  const finding = await only(lab, name, "CredentialHostChanged");
  expect(finding.what).toContain("was given for github.com, and the URL now names gitlab.com");
  expect(finding.since).toBeDefined();
  await mends(lab, name, finding);
});

test("CredentialHostChanged: absent when the Secret says that the new host is meant", async () => {
  const name = await lab.project(
    specWith(await giveKey({ [ANNOTATIONS.gitHosts]: "github.com,gitlab.com" })),
  );
  await move(name, false);
  expect(await lab.ids(name)).not.toContain("CredentialHostChanged");
});

test("CredentialExpired: found when the time that the Secret names is past", async () => {
  const name = await projectThatEnds(inDays(-2));
  const finding = await only(lab, name, "CredentialExpired");
  expect({ what: finding.what, severity: finding.severity }).toEqual({
    what: `The git credential of ${name} has expired`,
    severity: "error",
  });
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
});

test("CredentialExpired: absent when there are days left, which is CredentialExpiresSoon", async () => {
  expect(await lab.ids(await projectThatEnds(inDays(1)))).toEqual(["CredentialExpiresSoon"]);
});

test("CredentialExpiresSoon: found when fewer than seven days are left, as a warning", async () => {
  const name = await projectThatEnds(inDays(6.5));
  const { healthy } = await lab.diagnose(name);
  expect(healthy).toBe(true);
  const finding = await only(lab, name, "CredentialExpiresSoon");
  expect(finding.what).toBe(`The git credential of ${name} expires in 6d`);
  await mends(lab, name, finding, { "deploy-key": newKey().privateKey });
});

test("CredentialExpiresSoon: absent when more than seven days are left", async () => {
  expect(await lab.ids(await projectThatEnds(inDays(7.5)))).toEqual([]);
});

test("CredentialExpiryUnreadable: found when the annotation is a date alone, and the command writes it right", async () => {
  const name = await projectThatEnds("2099-01-31");
  const finding = await only(lab, name, "CredentialExpiryUnreadable");
  expect(finding.fix).toContain(`${ANNOTATIONS.expiresAt}=2099-01-31T00:00:00Z`);
  await pasteIn(lab, finding.fix);
  expect(await lab.ids(name)).toEqual([]);
});

test("CredentialExpiryUnreadable: absent when the time has an offset and fractions, as RFC 3339 allows", async () => {
  expect(await lab.ids(await projectThatEnds("2099-01-31T10:00:00.5+02:00"))).toEqual([]);
});
