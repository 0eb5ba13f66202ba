import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually, kubectl } from "../../cluster/index.ts";
import { brokenRules } from "../../unit/machine/kstatus-rules.ts";
import { fluxSays, untilReady } from "../support/flux.ts";
import { deny } from "../support/policy.ts";
import {
  condition,
  getProject,
  giveCredential,
  need,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "../support/scope.ts";
import { computedStatus, ourStatus } from "./computed-status.ts";
import {
  forceRemove,
  homeOf,
  namespaceId,
  ONE,
  patchObject,
  patchProject,
  remove,
  type Spec,
  untilGone,
} from "./support.ts";

let scope: Scope;
/** Every version of every project of this scope, in order: a watch leaves none out. */
const versions: ProjectGitOps[] = [];
const watching = new AbortController();

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  void collect();
});
afterAll(async () => {
  watching.abort();
  await scope.stop();
});

async function collect(): Promise<void> {
  const events = scope.admin.watch(PROJECTS, { namespace: scope.namespace, signal: watching.signal });
  for await (const event of events)
    if (event.type !== "BOOKMARK") versions.push(event.object as ProjectGitOps);
}

const versionsOf = (id: string) => versions.filter(({ metadata }) => metadata.name === id);

async function apply(spec: Spec = ONE): Promise<string> {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  return id;
}

const ready = (project: ProjectGitOps) => condition(project, "Ready");

const untilReason = (id: string, reason: string) =>
  untilProject(scope, id, (one) => ready(one)?.reason === reason, `says ${reason}`);

/** Checks every version that was seen of a project, and which values of kstatus they went through. */
async function expectAgreement(id: string, path: readonly string[]): Promise<void> {
  const last = await getProject(scope, id).catch(() => undefined);
  await eventually(
    () =>
      versionsOf(id).some(
        ({ metadata }) => last === undefined || metadata.resourceVersion === last.metadata.resourceVersion,
      ),
    {
      description: "the watch has seen the last version",
    },
  );
  const seen = versionsOf(id);
  for (const version of seen) {
    const at = `${version.metadata.resourceVersion} ${version.status?.phase} ${JSON.stringify(version.status?.conditions)}`;
    expect([at, computedStatus(version)]).toEqual([at, ourStatus(version)]);
    const suspended = ready(version)?.reason === "Suspended";
    const { status } = version;
    if (status === undefined || status.observedGeneration !== version.metadata.generation || suspended)
      continue;
    expect([at, brokenRules(status, version)]).toEqual([at, []]);
  }
  const values = seen.map(computedStatus);
  expect(values.filter((value, index) => value !== values[index - 1])).toEqual([...path] as typeof values);
}

test("a project that is set up, changed and deleted: kstatus computes what we say, at every version", async () => {
  const id = await apply();
  await untilReady(scope, id);
  await patchProject(scope, id, { spec: { git: { ref: { branch: "next" } } } });
  await untilReady(scope, id);
  await remove(scope, id);
  await untilGone(scope, id);
  await eventually(() => computedStatus(versionsOf(id).at(-1) as ProjectGitOps) === "Terminating");
  await expectAgreement(id, ["InProgress", "Current", "InProgress", "Current", "Terminating"]);
}, 90_000);

test("a project whose Flux objects fail later is in progress again, as with Flux's own kinds", async () => {
  const id = await apply();
  await untilReady(scope, id);
  const live = await need(scope.admin, "GitRepository", `project-${id}-development`, `${id}-repo`);
  await fluxSays(scope, live, { ready: "False", reason: "GitOperationFailed", message: "no such host" });
  await untilReason(id, "SourceNotReady");
  await untilReady(scope, id);
  await expectAgreement(id, ["InProgress", "Current", "InProgress", "Current"]);
}, 90_000);

test("a set-up that meets someone else's Namespace has Failed, and goes on by itself", async () => {
  const id = uniqueProject();
  const held = `project-${id}-development`;
  await scope.admin.createNamespace(held);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, ONE));
  await untilPhase(scope, id, "FAILED");
  await patchObject(scope, namespaceId(held), { metadata: { labels: { "projectgitops.dev/adopt": id } } });
  await untilReady(scope, id);
  await expectAgreement(id, ["InProgress", "Failed", "InProgress", "Current"]);
}, 90_000);

test("a set-up that is rolled back is in progress until it has Failed", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "RoleBinding" });
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { ...ONE, setup: { timeout: "10s" } }),
  );
  await untilPhase(scope, id, "FAILED");
  const phases = versionsOf(id).map(({ status }) => status?.phase);
  expect(phases).toContain("ROLLING_BACK");
  await expectAgreement(id, ["InProgress", "Failed"]);
  await allow();
  await patchProject(scope, id, { spec: { git: { interval: "2m" } } });
  await untilReady(scope, id);
  await expectAgreement(id, ["InProgress", "Failed", "InProgress", "Current"]);
}, 120_000);

test("a project that waits for its credential is in progress", async () => {
  const id = uniqueProject();
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: id } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { ...ONE, git }));
  await untilReason(id, "CredentialMissing");
  await giveCredential(scope, id);
  await untilReady(scope, id);
  await expectAgreement(id, ["InProgress", "Current"]);
}, 90_000);

test("a project that was complete and lost its Namespace to someone else has Failed", async () => {
  const id = await apply();
  const project = await untilReady(scope, id);
  const annotations = { [ANNOTATIONS.owner]: null, [ANNOTATIONS.ownerUid]: null };
  await patchObject(scope, namespaceId(homeOf(project, "development")), { metadata: { annotations } });
  await untilReason(id, "HeldByAnother");
  await expectAgreement(id, ["InProgress", "Current", "Failed"]);
}, 90_000);

test("a suspended project keeps what it was, and a protected one that is deleted is terminating", async () => {
  const id = await apply({ environments: [{ name: "development", protected: true }] });
  const project = await untilReady(scope, id);
  await patchProject(scope, id, { spec: { suspend: true } });
  const suspended = await untilReason(id, "Suspended");
  expect(computedStatus(suspended)).toBe("Current");
  await patchProject(scope, id, { spec: { suspend: false } });
  await untilReady(scope, id);
  await remove(scope, id);
  await untilReason(id, "DeletionProtected");
  const confirm = { [ANNOTATIONS.confirmDelete]: homeOf(project, "development") };
  await patchProject(scope, id, { metadata: { annotations: confirm } });
  await untilGone(scope, id);
  const path = ["InProgress", "Current", "InProgress", "Current", "InProgress", "Current", "Terminating"];
  await expectAgreement(id, path);
}, 120_000);

const wait = (id: string, ...args: string[]) =>
  kubectl(scope.cluster, ["wait", `pgops/${id}`, "-n", scope.namespace, ...args]);

test("kubectl wait for Ready does not return on what was true of the spec before", async () => {
  const id = await apply();
  await untilReady(scope, id);
  process.kill(scope.operator.pid, "SIGSTOP");
  await patchProject(scope, id, { spec: { git: { ref: { branch: "next" } } } });
  const { code, stderr } = await wait(id, "--for=condition=Ready", "--timeout=2s");
  expect(code).toBe(1);
  expect(stderr).toContain("timed out waiting for the condition");
  process.kill(scope.operator.pid, "SIGCONT");
  const waiting = wait(id, "--for=condition=Ready", "--timeout=40s");
  await untilReady(scope, id);
  expect((await waiting).code).toBe(0);
}, 90_000);

test("kubectl wait can wait for failure, for a phase and for the end", async () => {
  const id = uniqueProject();
  await scope.admin.createNamespace(`project-${id}-development`);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, ONE));
  const failing = await Promise.all([
    wait(id, "--for=condition=Stalled", "--timeout=40s"),
    wait(id, "--for=condition=Ready=False", "--timeout=40s"),
    wait(id, "--for=jsonpath={.status.phase}=FAILED", "--timeout=40s"),
  ]);
  expect(failing.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    failing.map(() => ({ code: 0, stderr: "" })),
  );
  const ending = wait(id, "--for=delete", "--timeout=40s");
  await remove(scope, id);
  expect((await ending).code).toBe(0);
}, 90_000);

test("the columns of kubectl get say what the status says, in each state", async () => {
  const good = await apply();
  await untilReady(scope, good);
  const held = uniqueProject();
  await scope.admin.createNamespace(`project-${held}-development`);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, held, ONE));
  await untilPhase(scope, held, "FAILED");
  const resting = await apply();
  await untilReady(scope, resting);
  await patchProject(scope, resting, { spec: { suspend: true } });
  await untilReason(resting, "Suspended");
  const going = await apply();
  const { namespace, name } = { namespace: `project-${going}-development`, name: `${going}-development` };
  await untilPhase(scope, going, "COMPLETED");
  const finalizers = { metadata: { finalizers: ["finalizers.fluxcd.io"] } };
  await scope.admin.patch(resourceOf("Kustomization"), { namespace, name }, finalizers, { type: "merge" });
  await remove(scope, going);
  await untilPhase(scope, going, "DELETING");

  const { stdout } = await kubectl(scope.cluster, ["get", "pgops", "-n", scope.namespace, "-o", "wide"]);
  const [header = "", ...rows] = stdout.trimEnd().split("\n");
  expect(header.trim().split(/ +/)).toEqual([
    "NAME",
    "PROJECT",
    "PHASE",
    "READY",
    "STATUS",
    "AGE",
    "ENVIRONMENTS",
  ]);
  const { items } = await scope.admin.list(PROJECTS, { namespace: scope.namespace });
  const states: [string, string, string][] = [
    [good, "COMPLETED", "True"],
    [held, "FAILED", "False"],
    [resting, "COMPLETED", "True"],
    [going, "DELETING", "Unknown"],
  ];
  for (const [id, phase, value] of states) {
    const row = rows.find((text) => text.startsWith(`${id} `)) ?? "";
    const project = items.find(({ metadata }) => metadata.name === id);
    expect(row.split(/ +/).slice(0, 4)).toEqual([id, id, phase, value]);
    expect(row).toContain(project?.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "?");
    expect(row.trimEnd().split(/ +/).at(-1)).toBe(project?.status?.environmentsReady as string);
  }
  await scope.admin.patch(
    resourceOf("Kustomization"),
    { namespace, name },
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await untilGone(scope, going);
}, 120_000);

test("what was force-removed and made again starts over in progress", async () => {
  const id = await apply();
  await untilReady(scope, id);
  await scope.operator.stop();
  await forceRemove(scope, id);
  const again = await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, ONE));
  expect(computedStatus(again)).toBe("InProgress");
  await scope.restart();
  await untilReady(scope, id);
  const later = versionsOf(id).filter(({ metadata }) => metadata.uid === again.metadata.uid);
  expect(later.map(computedStatus)).toEqual(later.map(ourStatus));
}, 90_000);
