import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { auditEvents, eventually } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { type Gate, openGate } from "./support/gate.ts";
import { created, requestsAbout, untilResynced } from "./support/requests.ts";
import {
  find,
  getProject,
  giveCredential,
  idsOf,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
let id: string;
let gate: Gate;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());
beforeEach(async () => {
  id = uniqueProject();
  gate = await openGate(scope, id);
});
afterEach(() => gate.close());

const apply = () => scope.admin.create(PROJECTS, projectObject(scope.namespace, id));

const arrived = (kind: string) => gate.arrived.filter((object) => object.startsWith(`${kind} `)).length;

/** The same end for every crash: COMPLETED, each object there, each created exactly once. */
async function expectTheSameEnd(): Promise<void> {
  const project = await untilPhase(scope, id, "COMPLETED");
  const objects = idsOf(project);
  const live = await Promise.all(objects.map((object) => find(scope.admin, object)));
  expect(live.filter((object) => object === undefined)).toEqual([]);
  expect(
    live.filter(
      (object) => object?.metadata.annotations?.["projectgitops.dev/owner-uid"] !== project.metadata.uid,
    ),
  ).toEqual([]);
  const creates = auditEvents(
    scope.cluster,
    ({ verb, objectRef, responseStatus }) =>
      verb === "create" &&
      responseStatus?.code === 201 &&
      objects.some(
        ({ namespace, name }) => objectRef?.name === name && (objectRef.namespace ?? "") === namespace,
      ) &&
      objectRef?.subresource === undefined,
  ).map(({ objectRef: ref }) => `${ref?.resource} ${ref?.namespace}/${ref?.name}`);
  expect(creates).toHaveLength(objects.length);
  expect(new Set(creates).size).toBe(objects.length);
  expect(requestsAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
  expect(project.status?.inventory?.entries).toHaveLength(objects.length);
  await untilReady(scope, id);
}

async function crashAndRestart(): Promise<void> {
  await scope.operator.kill();
  gate.open();
  await scope.restart();
}

test("kill -9 after the first Namespace: the next start ends in the same state, each object created once", async () => {
  gate.hold(["Namespace"], 1);
  await apply();
  await eventually(
    () => arrived("Namespace") === 3 && created(requestsAbout(scope, id), "namespaces").length === 1,
    {
      description: "one Namespace is there, and two are under way",
    },
  );
  await crashAndRestart();
  await expectTheSameEnd();
});

test("kill -9 after the last Secret: the next start ends in the same state, each object created once", async () => {
  gate.hold(["ServiceAccount", "RoleBinding"]);
  await apply();
  await eventually(() => arrived("ServiceAccount") === 3 && arrived("RoleBinding") === 3);
  expect(created(requestsAbout(scope, id), "secrets")).toHaveLength(3);
  await crashAndRestart();
  await expectTheSameEnd();
});

test("kill -9 before the last Kustomization: the next start ends in the same state, each object created once", async () => {
  gate.hold(["Kustomization"], 2);
  await apply();
  await eventually(
    () => arrived("Kustomization") === 3 && created(requestsAbout(scope, id), "kustomizations").length === 2,
  );
  await crashAndRestart();
  await expectTheSameEnd();
});

test("kill -9 as the last Kustomization is answered: the next start ends in the same state", async () => {
  await apply();
  await eventually(() => arrived("Kustomization") === 3);
  await scope.operator.kill();
  await scope.restart();
  await expectTheSameEnd();
});

test("an operator that starts anew over a COMPLETED project writes none of its objects", async () => {
  await apply();
  await untilReady(scope, id);
  await untilResynced(scope);
  const before = await getProject(scope, id);
  const writes = () =>
    requestsAbout(scope, id).filter(
      ({ verb, objectRef }) => verb !== "get" && objectRef?.resource !== "projectgitops",
    );
  const count = writes().length;
  await scope.operator.kill();
  await scope.restart();
  await untilResynced(scope, 3);
  expect(writes()).toHaveLength(count);
  const after = await getProject(scope, id);
  expect(after.status?.conditions).toEqual(before.status?.conditions ?? []);
  expect(after.status?.completedAt).toBe(before.status?.completedAt ?? "");
});

test("SIGTERM at rest ends the operator with exit code 0", async () => {
  await apply();
  await untilPhase(scope, id, "COMPLETED");
  const started = performance.now();
  expect(await scope.operator.stop()).toBe(0);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(scope.operator.lines().at(-1)?.["msg"]).toBe("operator stopped");
  await scope.restart();
});

test("SIGTERM in the middle of a set-up, with requests that hang, ends it within 10 s, and the next one goes on", async () => {
  gate.hold(["Secret"]);
  await apply();
  await eventually(() => arrived("Secret") === 3);
  const started = performance.now();
  expect(await scope.operator.stop()).toBe(0);
  expect(performance.now() - started).toBeLessThan(10_000);
  gate.open();
  await scope.restart();
  await expectTheSameEnd();
});
