import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import { untilProject } from "../api/support/scope.ts";
import { eventually } from "../cluster/index.ts";
import {
  type App,
  applyProject,
  condition,
  type E2e,
  fluxObject,
  getProject,
  giveRepository,
  openE2e,
  overSsh,
  PROJECTS,
  replaceKey,
  untilComplaint,
  untilDeployed,
  untilReady,
} from "./support/project.ts";

/** The shortest there is. */
const SUSPEND_AFTER = "10s";

let e2e: E2e;
/** Two that are given up, one whose failure nobody limits, and one that works: all fetched every ten seconds. */
let first: Failing;
let second: Failing;
let unlimited: Failing;
let working: App;

beforeAll(async () => {
  e2e = await openE2e();
  const limit = { failurePolicy: { suspendAfter: SUSPEND_AFTER } };
  [first, second, unlimited] = await Promise.all([failing(limit), failing(limit), failing({})]);
  working = await giveRepository(e2e, ["development"], { private: false });
  const git = { url: `${e2e.publicHttps.url}/acme/${working.id}.git`, interval: "10s" };
  await applyProject(e2e, working, { git, environments: [{ name: "development" }], ...limit });
  await Promise.all([first, second].map((app) => untilGivenUp(app)));
});
afterAll(() => e2e.stop());

test("a project that has failed for that long is suspended, and Ready says what failed and how to resume", async () => {
  const project = await getProject(e2e, first.id);
  expect(condition(project, "Ready")).toMatchObject({ status: "False", reason: "FailingForLong" });
  expect(condition(project, "Stalled")?.status).toBe("True");
  expect(condition(project, "Reconciling")).toBeUndefined();
  const message = condition(project, "Ready")?.message;
  expect(message).toStartWith(
    `suspended after failing for ${SUSPEND_AFTER}: development: cannot fetch from git: `,
  );
  expect(message).toContain("ssh: unable to authenticate");
  expect(message).toContain(
    `kubectl annotate --overwrite pgops ${first.id} -n ${e2e.namespace} reconcile.fluxcd.io/requestedAt=`,
  );
  await eventually(async () => (await suspended(first)).every(Boolean), {
    description: "its GitRepository and Kustomization are suspended",
  });
});

test("nothing is fetched for it any more, though another with the same interval is fetched meanwhile", async () => {
  await eventually(async () => (await suspended(first)).every(Boolean), { description: "it is suspended" });
  // From now on a fetch would succeed.
  await e2e.gitea.api.addDeployKey(first.id, first.publicKey);
  await pushAndWait("two"); // a fetch that was under way when it was suspended has ended by then
  const before = await fluxObject(e2e, first, "GitRepository");
  await pushAndWait("three");
  const after = await fluxObject(e2e, first, "GitRepository");
  expect(after.status).toEqual(before.status);
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect(after.status).toMatchObject({
    conditions: expect.arrayContaining([expect.objectContaining({ type: "FetchFailed" })]),
  });
});

test("without a failurePolicy a project fails for as long as it fails", async () => {
  const project = await untilComplaint(e2e, unlimited, /cannot fetch from git: .*unable to authenticate/);
  expect(project.status?.suspension).toBeUndefined();
  expect(await suspended(unlimited)).toEqual([false, false]);
});

describe("what was suspended goes on", () => {
  test("with a change of the credential, until it is Ready", async () => {
    const { privateKey, publicKey } = makeSshKey(first.id);
    await e2e.gitea.api.addDeployKey(first.id, publicKey);
    await replaceKey(e2e, first, privateKey);
    const { status } = await untilReady(e2e, first);
    expect(status?.suspension).toBeUndefined();
    expect(await suspended(first)).toEqual([false, false]);
  });

  test("when it is asked for, and has its whole time again before it is given up once more", async () => {
    const before = (await getProject(e2e, second.id)).status?.suspension?.since ?? "";
    const asked = Date.now();
    await askFor(second);
    const given = await untilGivenUp(second, before);
    expect(Date.parse(given.status?.suspension?.since ?? "") - asked).toBeGreaterThan(9000);
    await e2e.gitea.api.addDeployKey(second.id, second.publicKey);
    await askFor(second);
    await untilReady(e2e, second);
    expect(await suspended(second)).toEqual([false, false]);
  });
});

interface Failing extends App {
  /** Of the key that the Secret holds and the host does not know. */
  publicKey: string;
}

/** Applies a project whose key the host refuses. */
async function failing(spec: Partial<ProjectGitOpsSpecInput>): Promise<Failing> {
  const app = await giveRepository(e2e, ["development"]);
  const { privateKey, publicKey } = makeSshKey(app.id);
  await e2e.admin.createSecret(e2e.namespace, `${app.id}-git`, {
    identity: privateKey,
    known_hosts: e2e.gitea.knownHosts,
  });
  await applyProject(e2e, app, { git: overSsh(e2e, app), environments: [{ name: "development" }], ...spec });
  return { ...app, publicKey };
}

/** @param before time of an earlier suspension, where another is waited for */
const untilGivenUp = (app: App, before?: string): Promise<ProjectGitOps> =>
  untilProject(
    e2e,
    app.id,
    (project) =>
      condition(project, "Ready")?.reason === "FailingForLong" &&
      project.status?.suspension?.since !== before,
    "is given up",
  );

/** spec.suspend of its GitRepository and its Kustomization. */
const suspended = (app: App): Promise<boolean[]> =>
  Promise.all(
    (["GitRepository", "Kustomization"] as const).map(async (kind) => {
      const { spec } = (await fluxObject(e2e, app, kind)) as { spec?: { suspend?: boolean } };
      return spec?.suspend === true;
    }),
  );

async function askFor({ id }: App): Promise<void> {
  const annotations = { "reconcile.fluxcd.io/requestedAt": crypto.randomUUID() };
  const ref = { namespace: e2e.namespace, name: id };
  await e2e.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
}

async function pushAndWait(greeting: string): Promise<void> {
  await working.repository.push({ "k8s/base/app.yaml": configMap(greeting) });
  await untilDeployed(e2e, working, "development", greeting);
}

const configMap = (greeting: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {greeting: ${greeting}}\n`;
