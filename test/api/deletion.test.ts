import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { isNotFound } from "../../src/kube/index.ts";
import type { ManagedKind } from "../../src/plan/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually } from "../cluster/index.ts";
import { deny } from "./support/policy.ts";
import { endsBefore, isCall, line, requestsAbout, untilResynced, writesAbout } from "./support/requests.ts";
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

type Spec = NonNullable<Parameters<typeof projectObject>[2]>;
const ONE = { environments: [{ name: "development" }] };

async function setUp(spec: Spec = {}): Promise<string> {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  await untilPhase(scope, id, "COMPLETED");
  return id;
}

const remove = (id: string) => scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: id });

const untilGone = (id: string) =>
  eventually(async () => (await getProject(scope, id).catch(isNotFound)) === true, {
    description: `${id} is gone`,
    deadlineMs: 40_000,
  });

const deletes = (id: string, resource: string): AuditEvent[] =>
  requestsAbout(scope, id).filter(
    (event) => isCall(event, "delete", resource) && event.responseStatus?.code === 200,
  );

describe("a project of three environments that is deleted", () => {
  let id: string;
  let project: ProjectGitOps;
  let requests: AuditEvent[];
  beforeAll(async () => {
    id = await setUp();
    project = await getProject(scope, id);
    await remove(id);
    await untilGone(id);
    // A request comes into the audit log just after its answer.
    requests = await eventually(
      () => {
        const all = requestsAbout(scope, id);
        const last = all.at(-1);
        return last !== undefined && isCall(last, "patch", "projectgitops") ? all : undefined;
      },
      { description: "the finalizer's end is in the audit log" },
    );
  });

  test("goes in reverse order, each stage after the one before is gone, and nothing is left", async () => {
    const left = await Promise.all(idsOf(project).map((object) => find(scope.admin, object)));
    expect(left.filter((object) => object !== undefined)).toEqual([]);
    const order = [
      "kustomizations",
      "gitrepositories",
      "secrets",
      "rolebindings",
      "serviceaccounts",
      "namespaces",
    ];
    for (const resource of order) expect(deletes(id, resource)).toHaveLength(3);
    for (const [index, resource] of order.slice(1).entries())
      expect(endsBefore(deletes(id, order[index] as string), deletes(id, resource))).toBe(true);
  });

  test("loses its finalizer last, when a read has said of each Namespace that it is gone", () => {
    const release = requests.filter((event) => isCall(event, "patch", "projectgitops")).slice(-1);
    const gone = requests.filter(
      (event) => isCall(event, "get", "namespaces") && event.responseStatus?.code === 404,
    );
    expect(new Set(gone.map(({ objectRef }) => objectRef?.name)).size).toBe(3);
    expect(endsBefore(gone, release)).toBe(true);
    expect(requests.indexOf(release[0] as AuditEvent)).toBe(requests.length - 1);
  });

  test("has each object deleted once", () => {
    const lines = requests.filter(({ verb }) => verb === "delete").map(line);
    expect(lines).toHaveLength(18);
    expect(new Set(lines).size).toBe(18);
  });
});

test("while Flux prunes, its deployer and everything it needs stay, and the status says what is waited for", async () => {
  const id = await setUp(ONE);
  const namespace = `project-${id}-development`;
  const ref = { namespace, name: `${id}-development` };
  const kustomizations = resourceOf("Kustomization");
  const finalizers = ["finalizers.fluxcd.io"];
  await scope.admin.patch(kustomizations, ref, { metadata: { finalizers } }, { type: "merge" });
  await remove(id);
  const project = await untilProject(
    scope,
    id,
    ({ status }) => status?.message?.includes(`Kustomization ${namespace}/${id}-development`) ?? false,
    "says what it waits for",
  );
  expect(project.status?.phase).toBe("DELETING");
  expect(condition(project, "Reconciling")?.status).toBe("True");
  await untilResynced(scope);
  for (const [kind, name] of [
    ["ServiceAccount", `${id}-deployer`],
    ["RoleBinding", `${id}-deployer`],
    ["GitRepository", `${id}-repo`],
    ["Secret", `${id}-git-auth`],
  ] as [ManagedKind, string][])
    expect((await need(scope.admin, kind, namespace, name)).metadata.deletionTimestamp).toBeUndefined();
  await scope.admin.patch(kustomizations, ref, { metadata: { finalizers: null } }, { type: "merge" });
  await untilGone(id);
});

test("a suspended Kustomization is un-suspended before it is deleted, for else it would go without pruning", async () => {
  const id = await setUp(ONE);
  const ref = { namespace: `project-${id}-development`, name: `${id}-development` };
  const suspend = { spec: { suspend: true } };
  await scope.admin.patch(resourceOf("Kustomization"), ref, suspend, { type: "merge", fieldManager: "flux" });
  const before = requestsAbout(scope, id).length;
  await remove(id);
  await untilGone(id);
  const lines = requestsAbout(scope, id)
    .slice(before)
    .filter(({ verb, objectRef }) => objectRef?.resource === "kustomizations" && verb !== "get")
    .map(({ verb }) => verb);
  expect(lines).toEqual(["patch", "delete"]);
});

test("what others put into the environments' Namespaces goes with them; other Namespaces are not touched", async () => {
  const id = await setUp(ONE);
  const other = `project-${id}-unrelated`;
  const before = await scope.admin.createNamespace(other);
  await remove(id);
  await untilGone(id);
  const after = await scope.admin.getNamespace(other);
  expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
});

test("a project that is deleted in the middle of its set-up leaves nothing behind", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "RoleBinding" });
  const project = await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "Forbidden",
    "stands in the middle",
  );
  await remove(id);
  await untilGone(id);
  const left = await Promise.all(idsOf(project).map((object) => find(scope.admin, object)));
  expect(left.filter((object) => object !== undefined)).toEqual([]);
  await allow();
});

test("a project that waits for its credential is gone at once", async () => {
  const id = uniqueProject();
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "missing" } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { git }));
  await untilProject(scope, id, (one) => condition(one, "Ready")?.reason === "CredentialMissing", "waits");
  await remove(id);
  await untilGone(id);
  expect(deletes(id, "namespaces")).toEqual([]);
});

test("a project that the operator has not seen goes without its help", async () => {
  const elsewhere = { ...scope, namespace: `${scope.namespace}-unwatched` };
  await scope.admin.createNamespace(elsewhere.namespace);
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(elsewhere.namespace, id, ONE));
  await scope.admin.delete(PROJECTS, { namespace: elsewhere.namespace, name: id });
  expect(await getProject(elsewhere, id).catch(isNotFound)).toBe(true);
});

test("a suspended project is deleted all the same", async () => {
  const id = await setUp({ ...ONE, suspend: false });
  const ref = { namespace: scope.namespace, name: id };
  await scope.admin.patch(PROJECTS, ref, { spec: { suspend: true } }, { type: "merge" });
  await untilProject(scope, id, (one) => condition(one, "Ready")?.reason === "Suspended", "is suspended");
  await remove(id);
  await untilGone(id);
  expect(deletes(id, "namespaces")).toHaveLength(1);
});

test("deletionPolicy: Orphan lets the project go, and deletes nothing", async () => {
  const id = await setUp({ ...ONE, deletionPolicy: "Orphan" });
  const project = await getProject(scope, id);
  await remove(id);
  await untilGone(id);
  for (const object of idsOf(project)) {
    const live = await find(scope.admin, object);
    expect([object.kind, live?.metadata.deletionTimestamp]).toEqual([object.kind, undefined]);
    expect(live).toBeDefined();
  }
  expect(writesAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
});

test("a protected environment is kept, with all that is in it, and the project says so", async () => {
  const id = await setUp({
    environments: [{ name: "development" }, { name: "production", protected: true }],
  });
  const project = await getProject(scope, id);
  await remove(id);
  const waiting = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "DeletionProtected",
    "says that production is protected",
  );
  expect(waiting.status?.message).toContain(`project-${id}-production`);
  await untilResynced(scope);
  for (const object of idsOf(project).filter(({ environment }) => environment === "production"))
    expect((await need(scope.admin, object.kind, object.namespace, object.name)).metadata).not.toHaveProperty(
      "deletionTimestamp",
    );
});
