import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { created, endsBefore, isCall, requestsAbout, writesAbout } from "./support/requests.ts";
import {
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

type Environments = NonNullable<Parameters<typeof projectObject>[2]>["environments"];

async function setUp(environments?: Environments): Promise<string> {
  const id = uniqueProject();
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, environments ? { environments } : {}),
  );
  await untilPhase(scope, id, "COMPLETED");
  return id;
}

const setEnvironments = (id: string, ...environments: NonNullable<Environments>) =>
  scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { spec: { environments } },
    { type: "merge" },
  );

const untilSettled = (id: string, generation: number) =>
  untilProject(
    scope,
    id,
    ({ status }) =>
      status?.observedGeneration === generation &&
      status.phase === "COMPLETED" &&
      status.conditions?.[0]?.reason === "WaitingForFlux",
    `has settled generation ${generation}`,
  );

const home = (id: string, environment: string) => `project-${id}-${environment}`;

test("an environment that is added gets its objects in the same order, and the others are not written", async () => {
  const id = await setUp([{ name: "development" }]);
  const before = writesAbout(scope, id).length;
  await setEnvironments(id, { name: "development" }, { name: "staging" });
  const project = await untilSettled(id, 2);
  for (const object of idsOf(project)) expect(await find(scope.admin, object)).toBeDefined();
  const writes = writesAbout(scope, id).slice(before);
  expect(writes.filter(({ objectRef }) => objectRef?.namespace === home(id, "development"))).toEqual([]);
  expect(endsBefore(created(writes, "namespaces"), created(writes, "secrets"))).toBe(true);
  expect(endsBefore(created(writes, "secrets"), created(writes, "kustomizations"))).toBe(true);
  expect(project.status?.environments?.map(({ name }) => name)).toEqual(["development", "staging"]);
});

test("an environment that leaves the spec goes in reverse order, each stage after the one before is gone", async () => {
  const id = await setUp();
  const before = requestsAbout(scope, id).length;
  await setEnvironments(id, { name: "development" }, { name: "production" });
  await eventually(
    async () =>
      (await find(scope.admin, { kind: "Namespace", namespace: "", name: home(id, "staging") })) ===
      undefined,
    { description: "the Namespace of staging is gone" },
  );
  const project = await untilSettled(id, 2);
  const deletes = (resource: string): AuditEvent[] =>
    requestsAbout(scope, id)
      .slice(before)
      .filter((event) => isCall(event, "delete", resource));
  const order = [
    "kustomizations",
    "gitrepositories",
    "secrets",
    "rolebindings",
    "serviceaccounts",
    "namespaces",
  ];
  for (const resource of order) expect(deletes(resource)).toHaveLength(1);
  for (const [index, resource] of order.slice(1).entries())
    expect(endsBefore(deletes(order[index] as string), deletes(resource))).toBe(true);
  expect(project.status?.inventory?.entries).toHaveLength(12);
  expect(project.status?.environments?.map(({ name }) => name)).toEqual(["development", "production"]);
});

test("the deployer of an environment that leaves outlives its Kustomization: Flux prunes with it", async () => {
  const id = await setUp();
  const delivery = { kind: "Kustomization", namespace: home(id, "staging"), name: `${id}-staging` } as const;
  const { namespace, name } = delivery;
  // Flux's own finalizer, as it stands while Flux has not pruned.
  const finalizers = ["finalizers.fluxcd.io"];

  const patch = { metadata: { finalizers } };
  await scope.admin.patch(resourceOf("Kustomization"), { namespace, name }, patch, { type: "merge" });
  await setEnvironments(id, { name: "development" });
  await eventually(async () => (await find(scope.admin, delivery))?.metadata.deletionTimestamp);
  const project = await untilProject(
    scope,
    id,
    ({ status }) => status?.message?.includes(`Kustomization ${namespace}/${name}`) ?? false,
    "says what it waits for",
  );
  expect(project.status?.conditions?.[0]).toMatchObject({ type: "Ready", reason: "RemovingEnvironment" });
  await need(scope.admin, "ServiceAccount", namespace, `${id}-deployer`);
  await need(scope.admin, "RoleBinding", namespace, `${id}-deployer`);
  await need(scope.admin, "GitRepository", namespace, `${id}-repo`);
  const done = { metadata: { finalizers: null } };
  await scope.admin.patch(resourceOf("Kustomization"), { namespace, name }, done, { type: "merge" });
  await eventually(
    async () =>
      (await find(scope.admin, { kind: "Namespace", namespace: "", name: namespace })) === undefined,
    { description: "the Namespace is gone" },
  );
});

test("an environment that leaves under Orphan stays as it is, and the project is Ready without it", async () => {
  const id = await setUp([{ name: "development" }, { name: "staging", deletionPolicy: "Orphan" }]);
  await setEnvironments(id, { name: "development" });
  await untilReady(scope, id);
  const left = await need(scope.admin, "Namespace", "", home(id, "staging"));
  expect(left.metadata.deletionTimestamp).toBeUndefined();
  await need(scope.admin, "Kustomization", home(id, "staging"), `${id}-staging`);
});

test("a protected environment that leaves the spec is kept, and Ready says how to let it go", async () => {
  const id = await setUp([{ name: "development" }, { name: "staging", protected: true }]);
  await setEnvironments(id, { name: "development" });
  const project = await untilProject(
    scope,
    id,
    ({ status }) => status?.conditions?.[0]?.reason === "DeletionProtected",
    "says that staging is protected",
  );
  expect(project.status?.message).toContain(home(id, "staging"));
  expect(project.status?.message).toContain("confirm-delete");
  const left = await need(scope.admin, "Namespace", "", home(id, "staging"));
  expect(left.metadata.deletionTimestamp).toBeUndefined();
});

test("an environment that comes back while its Namespace is on its way out is made anew", async () => {
  const id = await setUp([{ name: "development" }, { name: "staging" }]);
  const { metadata } = await need(scope.admin, "Namespace", "", home(id, "staging"));
  await setEnvironments(id, { name: "development" });
  await eventually(
    async () =>
      (await find(scope.admin, { kind: "Namespace", namespace: "", name: home(id, "staging") }))?.metadata
        .deletionTimestamp,
    { description: "staging is being deleted" },
  );
  await setEnvironments(id, { name: "development" }, { name: "staging" });
  await untilSettled(id, 3);
  const anew = await need(scope.admin, "Namespace", "", home(id, "staging"));
  expect(anew.metadata.uid).not.toBe(metadata.uid);
  await need(scope.admin, "Kustomization", home(id, "staging"), `${id}-staging`);
  expect((await getProject(scope, id)).status?.phase).toBe("COMPLETED");
});
