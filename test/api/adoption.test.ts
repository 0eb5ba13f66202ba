import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS, FINALIZER, LABELS } from "../../src/api/names.ts";
import { isNotFound, ROLE_BINDINGS } from "../../src/kube/index.ts";
import { PROJECTS, projectRef } from "../../src/reconcile/index.ts";
import { eventually, uniqueName } from "../cluster/index.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  idsOf,
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

const environments = [{ name: "staging" }];

async function gone(name: string): Promise<void> {
  await eventually(() => getProject(scope, name).then(() => false, isNotFound), {
    description: `${name} is gone`,
  });
}

test("a namespace labelled for this project is adopted without force, and let go unharmed at the end", async () => {
  const id = uniqueProject();
  const name = uniqueName("team");
  await scope.admin.createNamespace({ metadata: { name, labels: { [LABELS.adopt]: id, team: "blue" } } });
  const spec = { environments: [{ name: "staging", namespace: name }] };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  const project = await untilPhase(scope, id, "COMPLETED");
  const adopted = await need(scope.admin, "Namespace", "", name);
  expect(adopted.metadata.annotations?.[ANNOTATIONS.ownerUid]).toBe(project.metadata.uid as string);
  expect(adopted.metadata.annotations?.[ANNOTATIONS.createdBy]).toBeUndefined();

  await scope.admin.delete(PROJECTS, projectRef(project));
  await gone(id);
  const left = await need(scope.admin, "Namespace", "", name);
  expect(left.metadata.deletionTimestamp).toBeUndefined();
  expect(left.metadata.uid).toBe(adopted.metadata.uid);
  expect(left.metadata.labels).toMatchObject({ team: "blue" });
  expect(JSON.stringify(left.metadata.annotations ?? {})).not.toContain("projectgitops.dev");
  const inside = idsOf(project).filter(({ kind }) => kind !== "Namespace");
  expect(await Promise.all(inside.map((one) => find(scope.admin, one)))).toEqual(inside.map(() => undefined));
});

test("a namespace of its own name that nobody labelled is not taken, and the message says how to hand it over", async () => {
  const id = uniqueProject();
  const name = uniqueName("team");
  const before = await scope.admin.createNamespace(name);
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { environments: [{ name: "staging", namespace: name }] }),
  );
  const project = await untilPhase(scope, id, "FAILED");
  expect(condition(project, "Ready")?.message).toContain(`projectgitops.dev/adopt=${id}`);
  const after = await need(scope.admin, "Namespace", "", name);
  expect(after.metadata.resourceVersion).toBe(before.metadata?.resourceVersion as string);
});

test("objects of a ProjectGitOps that was force-removed are taken over by the next one of that name", async () => {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  const first = await untilPhase(scope, id, "COMPLETED");
  const uids = await uidsOf(idsOf(first));
  await scope.operator.stop();
  const ref = projectRef(first);
  await scope.admin.patch(PROJECTS, ref, { metadata: { finalizers: [] } }, { type: "merge" });
  await scope.admin.delete(PROJECTS, ref);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  scope = { ...(await openAgain()) };
  const second = await untilPhase(scope, id, "COMPLETED");
  expect(await uidsOf(idsOf(second))).toEqual(uids);
  for (const one of idsOf(second)) {
    const live = await find(scope.admin, one);
    expect(live?.metadata.annotations?.[ANNOTATIONS.ownerUid]).toBe(second.metadata.uid as string);
    expect(live?.metadata.annotations?.[ANNOTATIONS.createdBy]).toBe(first.metadata.uid as string);
  }
  expect(second.metadata.finalizers).toContain(FINALIZER);
});

test("a RoleBinding that was taken over with another role is made anew, for a role cannot be changed in place", async () => {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  const first = await untilPhase(scope, id, "COMPLETED");
  await scope.operator.stop();
  const binding = { namespace: `project-${id}-staging`, name: `${id}-deployer` };
  const before = await scope.admin.get(ROLE_BINDINGS, binding);
  const { labels, annotations } = before.metadata ?? {};
  await scope.admin.delete(ROLE_BINDINGS, binding);
  await scope.admin.create(ROLE_BINDINGS, {
    metadata: { ...binding, labels, annotations } as NonNullable<typeof before.metadata>,
    subjects: before.subjects ?? [],
    roleRef: { ...before.roleRef, name: "view" },
  });
  const ref = projectRef(first);
  await scope.admin.patch(PROJECTS, ref, { metadata: { finalizers: [] } }, { type: "merge" });
  await scope.admin.delete(PROJECTS, ref);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  scope = { ...(await openAgain()) };
  await untilPhase(scope, id, "COMPLETED");
  expect((await scope.admin.get(ROLE_BINDINGS, binding)).roleRef.name).toBe(before.roleRef.name);
});

async function openAgain(): Promise<Scope> {
  const { startOperator } = await import("../cluster/index.ts");
  const { FAST } = await import("./support/scope.ts");
  const operator = await startOperator(scope.cluster, { args: [...FAST, "--namespace", scope.namespace] });
  return { ...scope, operator, stop: async () => void (await operator.stop()) };
}

async function uidsOf(ids: Parameters<typeof find>[1][]): Promise<(string | undefined)[]> {
  return Promise.all(ids.map(async (one) => (await find(scope.admin, one))?.metadata.uid));
}

test("Orphan leaves every object in place, without a trace of us", async () => {
  const id = uniqueProject();
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { environments, deletionPolicy: "Orphan" }),
  );
  const project = await untilPhase(scope, id, "COMPLETED");
  const uids = await uidsOf(idsOf(project));
  await scope.admin.delete(PROJECTS, projectRef(project));
  await gone(id);
  expect(await uidsOf(idsOf(project))).toEqual(uids);
  for (const one of idsOf(project)) {
    const live = await find(scope.admin, one);
    expect(live?.metadata.deletionTimestamp).toBeUndefined();
    expect(JSON.stringify([live?.metadata.labels, live?.metadata.annotations])).not.toContain(
      "projectgitops",
    );
    expect(JSON.stringify(live?.metadata.managedFields ?? [])).not.toContain("projectgitops");
  }
});

test("a protected environment outlives its removal from the spec until somebody confirms, once", async () => {
  const id = uniqueProject();
  const two = [{ name: "staging" }, { name: "production", protected: true }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments: two }));
  await untilPhase(scope, id, "COMPLETED");
  const name = `project-${id}-production`;
  await scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { spec: { environments } },
    { type: "merge" },
  );
  const waiting = await untilProject(
    scope,
    id,
    (project) => condition(project, "Ready")?.reason === "DeletionProtected",
    "says that production is protected",
  );
  expect(condition(waiting, "Ready")?.message).toContain(`confirm-delete=${name}`);
  expect((await need(scope.admin, "Namespace", "", name)).metadata.deletionTimestamp).toBeUndefined();

  const annotations = { [ANNOTATIONS.confirmDelete]: name };
  await scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { metadata: { annotations } },
    { type: "merge" },
  );
  await eventually(
    async () => (await find(scope.admin, { kind: "Namespace", namespace: "", name })) === undefined,
    {
      description: "the namespace is gone",
    },
  );
  await untilProject(
    scope,
    id,
    ({ metadata }) => metadata.annotations?.[ANNOTATIONS.confirmDelete] === undefined,
    "has its confirmation consumed",
  );
}, 60_000);
