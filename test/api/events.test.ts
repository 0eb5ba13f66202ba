import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Event } from "kubernetes-types/events/v1";
import { EVENTS } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { eventually, operatorRequests, uniqueName } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { untilResynced } from "./support/requests.ts";
import {
  getProject,
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
});
afterAll(() => scope.stop());

async function eventsOf(name: string): Promise<Event[]> {
  const { items } = await scope.admin.list(EVENTS, { namespace: scope.namespace });
  return items
    .filter(({ regarding }) => regarding?.kind === "ProjectGitOps" && regarding.name === name)
    .sort((a, b) => (String(a.eventTime) < String(b.eventTime) ? -1 : 1));
}

async function applied(secret: string): Promise<string> {
  const id = uniqueProject();
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: secret } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { git }));
  return id;
}

test("a set-up that goes through in one pass is told in one event, with the phases it went through", async () => {
  const secret = uniqueName("git");
  await giveCredential(scope, secret);
  const id = await applied(secret);
  await untilReady(scope, id);
  const events = await eventually(async () => {
    const found = await eventsOf(id);
    return found.length >= 2 ? found : undefined;
  });
  await untilResynced(scope);
  expect((await eventsOf(id)).map(({ reason, type }) => [type, reason])).toEqual([
    ["Normal", "Completed"],
    ["Normal", "Completed"],
  ]);
  expect(events[0]?.note).toStartWith(
    "CREATING_NAMESPACES → CREATING_SECRETS → CREATING_RESOURCES → COMPLETED: ",
  );
  expect(events[1]?.note).toContain("3 of 3 environments ready");
  const { metadata } = await getProject(scope, id);
  expect(events[0]).toMatchObject({
    reportingController: "projectgitops.dev/projectgitops",
    action: "Reconcile",
    regarding: { name: id, namespace: scope.namespace, uid: metadata.uid },
  });
});

test("a trouble is told once, however often it is met again, and its end is told too", async () => {
  const secret = uniqueName("late");
  const id = await applied(secret);
  await untilProject(scope, id, ({ status }) => status?.phase === "CREATING_NAMESPACES", "waits");
  await eventually(async () => (await eventsOf(id)).length > 0);
  await untilResynced(scope);
  const [trouble, ...others] = await eventsOf(id);
  expect(trouble).toMatchObject({ type: "Warning", reason: "CredentialMissing" });
  expect(trouble?.note).toContain(`kubectl create secret generic ${secret}`);
  expect(others).toEqual([]);
  await giveCredential(scope, secret);
  await untilReady(scope, id);
  await eventually(async () => (await eventsOf(id)).some(({ reason }) => reason === "Completed"));
});

test("kubectl describe's events name the object, so that they are found by it", async () => {
  const secret = uniqueName("git");
  await giveCredential(scope, secret);
  const id = await applied(secret);
  const [event] = await eventually(async () => {
    const found = await eventsOf(id);
    return found.length > 0 ? found : undefined;
  });
  expect(event?.regarding?.apiVersion).toBe("projectgitops.dev/v1alpha1");
  expect(event?.metadata?.name).toStartWith(`${id}.`);
});

test("in a namespace that is being deleted no event can be written, and the removal of its projects goes on", async () => {
  const own = await openScope();
  await giveCredential(own);
  const id = uniqueProject();
  await own.admin.create(PROJECTS, projectObject(own.namespace, id));
  await untilPhase(own, id, "COMPLETED");
  await own.admin.deleteNamespace(own.namespace);
  await eventually(async () => !(await own.admin.namespaceExists(own.namespace)), {
    description: "the namespace of the project is gone, and the project with it",
    deadlineMs: 60_000,
  });
  for (const environment of ["development", "staging", "production"])
    expect(await own.admin.namespaceExists(`project-${id}-${environment}`)).toBe(false);
  const refused = operatorRequests(
    own.cluster,
    ({ objectRef, responseStatus }) =>
      objectRef?.resource === "events" &&
      objectRef.namespace === own.namespace &&
      responseStatus?.code === 403,
  );
  expect(refused.length).toBeGreaterThan(0);
  expect(own.operator.lines().filter(({ level }) => level === "error")).toEqual([]);
  expect((await fetch(`${own.operator.address}/readyz`)).status).toBe(200);
  await own.stop();
}, 90_000);
