import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { LEASES } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { eventually, type Operator, operatorRequests, startOperator } from "../cluster/index.ts";
import {
  FAST,
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
let first: Operator;
let second: Operator;
const running: Operator[] = [];

const start = async (): Promise<Operator> => {
  const args = [...FAST, "--namespace", scope.namespace, "--leader-elect"];
  const operator = await startOperator(scope.cluster, { args });
  running.push(operator);
  return operator;
};
const isLeader = async (operator: Operator) => /^projectgitops_leader 1$/m.test(await operator.metrics());
const lease = () =>
  scope.admin.get(LEASES, { namespace: "projectgitops-system", name: `projectgitops-${scope.namespace}` });

beforeAll(async () => {
  scope = await openScope();
  await scope.operator.stop(); // the two of this file do the work
  await giveCredential(scope);
  first = await start();
  await eventually(() => isLeader(first), { description: "the first leads" });
  second = await start();
});
afterAll(async () => {
  await Promise.all(running.filter((operator) => operator.running()).map((operator) => operator.stop()));
  await scope.stop();
});

test("of two replicas one leads, and the standby is ready and sends nothing but looks at the Lease", async () => {
  expect(await isLeader(first)).toBe(true);
  expect(await isLeader(second)).toBe(false);
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilPhase(scope, id, "COMPLETED");
  const requests = await second.metrics();
  expect(requests).not.toMatch(/api_requests_total\{verb="(create|patch|delete|list)"/);
});

test("each object is created once", async () => {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilPhase(scope, id, "COMPLETED");
  const creates = (await operatorRequests(scope.cluster)).filter(
    ({ verb, requestURI }) => verb === "create" && requestURI.includes(`project-${id}-`),
  );
  const named = creates.map(
    ({ objectRef }) => `${objectRef?.resource}/${objectRef?.namespace}/${objectRef?.name}`,
  );
  expect(new Set(named).size).toBe(named.length);
});

test("the leader tells in its Lease when it last polled, with the renewals that it sends anyway", async () => {
  const lastPoll = async () =>
    Date.parse((await lease()).metadata?.annotations?.[ANNOTATIONS.lastPoll] ?? "");
  const told = await eventually(lastPoll, { description: "a poll is told", deadlineMs: 12_000 });
  await eventually(async () => (await lastPoll()) > told, {
    description: "a later poll is told",
    deadlineMs: 12_000,
  });
  // Both are the leader's own clock.
  const { spec } = await lease();
  expect(Date.parse(spec?.renewTime ?? "") - (await lastPoll())).toBeLessThan(2000);
  const verbs = operatorRequests(scope.cluster, ({ objectRef }) => objectRef?.resource === "leases");
  expect(new Set(verbs.map(({ verb }) => verb))).toEqual(new Set(["get", "create", "update"]));
});

test("on SIGTERM the Lease is released, and the standby leads in under two looks", async () => {
  const began = performance.now();
  expect(await first.stop()).toBe(0);
  await eventually(() => isLeader(second), { description: "the standby leads", deadlineMs: 6000 });
  // Two seconds for the release, two for the standby's look; a time-out of the Lease would take 15 s.
  expect(performance.now() - began).toBeLessThan(8000);
  expect((await lease()).spec?.leaseTransitions).toBe(1);
});

test("after a crash the standby leads when the Lease has run out, and finishes what was begun", async () => {
  const third = await start();
  await second.kill();
  await eventually(() => isLeader(third), { description: "the standby leads", deadlineMs: 22_000 });
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilPhase(scope, id, "COMPLETED");
}, 60_000);
