import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ManagedKind } from "../../src/plan/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { eventually } from "../cluster/index.ts";
import { isCall, requestsAbout, untilResynced, writesAbout } from "./support/requests.ts";
import {
  condition,
  find,
  giveCredential,
  idsOf,
  NAMESPACES,
  need,
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
  await giveCredential(scope);
});
afterAll(() => scope.stop());

const apply = (id: string, spec: Parameters<typeof projectObject>[2] = {}) =>
  scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));

const namespaceOf = (id: string, environment: string) => `project-${id}-${environment}`;

test("a Namespace of someone else stalls the set-up with its holder and two ways out, and stays untouched", async () => {
  const id = uniqueProject();
  const held = namespaceOf(id, "staging");
  const before = await scope.admin.createNamespace(held);
  await apply(id);
  const project = await untilPhase(scope, id, "FAILED");
  expect(condition(project, "Stalled")).toMatchObject({ status: "True", reason: "HeldByAnother" });
  const message = condition(project, "Ready")?.message ?? "";
  expect(message).toContain(`Namespace ${held} is held by someone else (written by test-admin`);
  expect(message).toContain(`label the namespace projectgitops.dev/adopt=${id}`);
  expect(message).toContain("choose another projectId or environment name");
  const after = await scope.admin.getNamespace(held);
  expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
});

test("what a stalled attempt made is released, and nothing was made inside", async () => {
  const id = uniqueProject();
  await scope.admin.createNamespace(namespaceOf(id, "staging"));
  await apply(id);
  await untilPhase(scope, id, "FAILED");
  await eventually(
    async () => {
      const others = ["development", "production"].map((name) =>
        find(scope.admin, { kind: "Namespace", namespace: "", name: namespaceOf(id, name) }),
      );
      return (await Promise.all(others)).every((namespace) => namespace === undefined);
    },
    { description: "the other Namespaces are gone" },
  );
  const creates = writesAbout(scope, id).filter(({ verb }) => verb === "create");
  expect(
    creates.filter((event) => !isCall(event, "create", "namespaces") && !isCall(event, "create", "events")),
  ).toEqual([]);
});

test("the set-up goes on by itself when the other Namespace is gone", async () => {
  const id = uniqueProject();
  const held = namespaceOf(id, "development");
  await scope.admin.createNamespace(held);
  await apply(id, { environments: [{ name: "development" }] });
  await untilPhase(scope, id, "FAILED");
  await scope.admin.deleteNamespace(held);
  const project = await untilPhase(scope, id, "COMPLETED");
  expect(project.status?.setup?.attempt).toBe(2);
});

test("a stalled set-up is looked at again at the resync interval, not more often", async () => {
  const id = uniqueProject();
  const held = namespaceOf(id, "development");
  await scope.admin.createNamespace(held);
  await apply(id, { environments: [{ name: "development" }] });
  await untilPhase(scope, id, "FAILED");
  const looks = () => requestsAbout(scope, id).filter((event) => isCall(event, "get", "namespaces")).length;
  const before = looks();
  await untilResynced(scope, 3);
  expect(looks() - before).toBeWithin(2, 7);
  expect(writesAbout(scope, id).filter(({ objectRef }) => objectRef?.name === held)).toHaveLength(1);
});

test("after the first COMPLETED a Namespace that became someone else's stalls, and nothing is removed", async () => {
  const id = uniqueProject();
  await apply(id);
  const project = await untilPhase(scope, id, "COMPLETED");
  const taken = namespaceOf(id, "staging");
  await scope.admin.deleteNamespace(taken);
  await eventually(
    async () => {
      const found = await find(scope.admin, { kind: "Namespace", namespace: "", name: taken });
      if (found === undefined) return scope.admin.createNamespace(taken);
      // The operator was faster: take it over as an administrator could.
      if (found.metadata.deletionTimestamp !== undefined) return undefined;
      const annotations = { "projectgitops.dev/owner-uid": null, "projectgitops.dev/owner": null };
      return scope.admin.patch(NAMESPACES, { name: taken }, { metadata: { annotations } }, { type: "merge" });
    },
    { description: "the Namespace is someone else's", everyMs: 5 },
  );
  const stalled = await untilProject(scope, id, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(condition(stalled, "Ready")).toMatchObject({ status: "False", reason: "HeldByAnother" });
  await untilResynced(scope);
  const others = idsOf(project).filter(({ environment }) => environment !== "staging");
  const left = await Promise.all(others.map((object) => find(scope.admin, object)));
  expect(left.filter((object) => object === undefined || object.metadata.deletionTimestamp)).toEqual([]);
});

const PLANTED: [ManagedKind, (id: string) => string, object][] = [
  ["Secret", (id) => `${id}-git-auth`, { type: "Opaque", data: { password: btoa("theirs") } }],
  ["ServiceAccount", (id) => `${id}-deployer`, { automountServiceAccountToken: false }],
  [
    "RoleBinding",
    (id) => `${id}-deployer`,
    { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" }, subjects: [] },
  ],
  ["GitRepository", (id) => `${id}-repo`, { spec: { url: "https://git.example.com/x.git", interval: "1h" } }],
  [
    "Kustomization",
    (id) => `${id}-development`,
    { spec: { interval: "1h", prune: false, sourceRef: { kind: "GitRepository", name: "x" } } },
  ],
];

test.each(PLANTED)(
  "a %s of someone else in one of our Namespaces stalls, and stays untouched",
  async (kind, nameOf, body) => {
    const id = uniqueProject();
    const namespace = namespaceOf(id, "development");
    await apply(id, { environments: [{ name: "development" }] });
    await untilPhase(scope, id, "COMPLETED");
    const name = nameOf(id);
    const planted = { metadata: { namespace, name }, ...body };
    // Between our own being gone and being made again there is room for another's.
    const before = await eventually(
      async () => {
        await scope.admin.delete(resourceOf(kind), { namespace, name }).catch(() => undefined);
        return await scope.admin.create(resourceOf(kind), planted);
      },
      { description: "someone else's is there", everyMs: 1 },
    );
    const project = await untilProject(scope, id, (one) => condition(one, "Stalled") !== undefined, "stalls");
    const message = condition(project, "Ready")?.message ?? "";
    expect(message).toContain(`${kind} ${namespace}/${name} is held by someone else (written by test-admin)`);
    expect(message).toContain(`delete ${kind} ${namespace}/${name}`);
    const after = await need(scope.admin, kind, namespace, name);
    expect(after.metadata.resourceVersion).toBe(before.metadata?.resourceVersion ?? "");
    await scope.admin.delete(resourceOf(kind), { namespace, name });
    await untilProject(scope, id, (one) => condition(one, "Stalled") === undefined, "goes on by itself");
  },
);
