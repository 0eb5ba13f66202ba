import { afterAll, beforeAll, expect, test } from "bun:test";
import { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import {
  auditEvents,
  eventually,
  type Operator,
  type OwnCluster,
  operatorRequests,
  operatorToken,
  startCluster,
  startOperator,
} from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { untilPolled } from "./support/requests.ts";
import {
  FAST,
  find,
  giveCredential,
  idsOf,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

/** Its own: it is stopped and started here. */
let cluster: OwnCluster;
let scope: Scope;
beforeAll(async () => {
  cluster = await startCluster();
  scope = await openScope({ cluster });
  await giveCredential(scope);
}, 120_000);
afterAll(async () => {
  await scope.stop();
  await cluster.stop();
});

const readyz = async ({ address }: Operator): Promise<[number, string]> => {
  const answer = await fetch(`${address}/readyz`);
  return [answer.status, await answer.text()];
};

test("an API server that is not there at the start: says the address and why, /readyz says no, goes on when it comes", async () => {
  const identity = await operatorToken(cluster);
  await scope.operator.stop();
  await cluster.stopApiServer();
  const args = [...FAST, "--namespace", scope.namespace];
  scope.operator = await startOperator(cluster, { identity, args, waitForReady: false });
  const warning = await eventually(() => scope.operator.lines().find(({ level }) => level === "warn"), {
    description: "the log tells of it",
  });
  expect(warning["error"]).toContain(cluster.server);
  expect(warning["error"]).toMatch(/refused/i);
  const [status, text] = await eventually(async () => readyz(scope.operator));
  expect(status).toBe(503);
  expect(text).toContain("no successful poll yet");
  expect(text).toContain(cluster.server);
  expect((await fetch(`${scope.operator.address}/healthz`)).status).toBe(200);
  expect(scope.operator.running()).toBe(true);

  await cluster.startApiServer();
  await eventually(async () => (await readyz(scope.operator))[0] === 200, {
    description: "/readyz says yes",
    deadlineMs: 40_000,
  });
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilPhase(scope, id, "COMPLETED");
}, 120_000);

test("while the API server is away polls are tried with back-off, not at the poll interval", async () => {
  await cluster.stopApiServer();
  const warnings = () => scope.operator.lines().filter(({ msg }) => String(msg).startsWith("poll failed"));
  const before = warnings().length;
  await eventually(() => warnings().length >= before + 3, {
    description: "three polls have failed",
    deadlineMs: 60_000,
  });
  const times = warnings()
    .slice(before)
    .map(({ time }) => Date.parse(String(time)));
  // The poll interval here is 0.2 s; the first wait of the back-off is 0.75 s, and they grow.
  for (const [index, time] of times.slice(1).entries())
    expect(time - (times[index] ?? 0)).toBeGreaterThan(700);
  await cluster.startApiServer();
  // It has waited longer each time, while the API server started too.
  await untilPolled(scope, 1, 60_000);
}, 150_000);

test("an API server that restarts in the middle of set-ups: each ends COMPLETED, no object created twice", async () => {
  const ids = Array.from({ length: 8 }, uniqueProject);
  await Promise.all(ids.map((id) => scope.admin.create(PROJECTS, projectObject(scope.namespace, id))));
  await eventually(
    () =>
      auditEvents(
        cluster,
        ({ verb, objectRef }) =>
          verb === "create" &&
          objectRef?.resource === "namespaces" &&
          (objectRef.name ?? "").includes(`-${ids[0]}-`),
      ).length > 0,
    { description: "set-ups have begun", everyMs: 5 },
  );
  await cluster.restartApiServer();
  for (const id of ids) {
    const project = await untilPhase(scope, id, "COMPLETED");
    const objects = idsOf(project);
    const live = await Promise.all(objects.map((object) => find(scope.admin, object)));
    expect(live.filter((object) => object === undefined)).toEqual([]);
    const created = auditEvents(
      cluster,
      ({ verb, objectRef, responseStatus }) =>
        verb === "create" &&
        responseStatus?.code === 201 &&
        ((objectRef?.namespace ?? "").startsWith(`project-${id}-`) ||
          (objectRef?.resource === "namespaces" && (objectRef.name ?? "").startsWith(`project-${id}-`))) &&
        objects.some(({ name }) => name === objectRef?.name),
    );
    // What the API server had done and not yet noted when it ended is missing in its log.
    const names = created.map(
      ({ objectRef }) => `${objectRef?.resource} ${objectRef?.namespace}/${objectRef?.name}`,
    );
    expect(names).toEqual([...new Set(names)]);
    expect(project.status?.setup?.phases?.map(({ name }) => name)).not.toContain("ROLLING_BACK");
  }
  await untilReady(scope, ids[0] ?? "");
}, 120_000);

test("an API server that restarts at rest changes nothing: no object is written, Ready stays True", async () => {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilReady(scope, id);
  await untilPolled(scope, 8);
  const writes = () =>
    // Of the operator: the controller manager has things of its own to do after a restart.
    operatorRequests(
      cluster,
      ({ verb, objectRef }) => verb !== "get" && (objectRef?.namespace ?? "").startsWith(`project-${id}-`),
    );
  const before = writes().length;
  await cluster.restartApiServer();
  await untilPolled(scope, 10);
  expect(writes()).toHaveLength(before);
  const client = new BunK8sClient(cluster.kubeconfigPath);
  const project = await client.get(PROJECTS, { namespace: scope.namespace, name: id });
  expect(project.status?.conditions?.[0]).toMatchObject({ type: "Ready", status: "True" });
  client.close();
}, 120_000);
