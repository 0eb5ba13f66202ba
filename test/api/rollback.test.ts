import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { PROJECTS, refOf, resourceOf } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually } from "../cluster/index.ts";
import { deny } from "./support/policy.ts";
import { endsBefore, isCall, line, untilResynced, writesAbout } from "./support/requests.ts";
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

const apply = (id: string, spec: Spec = {}) =>
  scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { setup: { timeout: "10s" }, ...spec }));

const patchProject = (id: string, patch: object) =>
  scope.admin.patch(PROJECTS, { namespace: scope.namespace, name: id }, patch, { type: "merge" });

/** Those that were done: one that was overtaken by another writer is refused by its preconditions, and sent again. */
const deletes = (id: string, resource: string): AuditEvent[] =>
  writesAbout(scope, id).filter(
    (event) => isCall(event, "delete", resource) && event.responseStatus?.code === 200,
  );

const nothingIsLeft = (id: string) =>
  eventually(
    async () => {
      const project = await getProject(scope, id);
      const left = await Promise.all(idsOf(project).map((object) => find(scope.admin, object)));
      return left.every((object) => object === undefined);
    },
    { description: "nothing is left", deadlineMs: 30_000 },
  );

test("a set-up that cannot be completed is rolled back in reverse order, and FAILED tells the first cause", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "ServiceAccount" });
  await apply(id);
  const rolling = await untilPhase(scope, id, "ROLLING_BACK");
  expect(condition(rolling, "Reconciling")?.status).toBe("True");
  const failed = await untilPhase(scope, id, "FAILED");
  await nothingIsLeft(id);

  const deployer = new RegExp(`ServiceAccount project-${id}-(development|staging|production)/${id}-deployer`);
  expect(failed.status?.setup).toMatchObject({
    outcome: "Failed",
    attempt: 1,
    cause: { reason: "Forbidden" },
  });
  expect(failed.status?.setup?.cause?.object).toMatch(deployer);
  const message = condition(failed, "Ready")?.message ?? "";
  expect(message).toMatch(deployer);
  expect(message).toContain("403 Forbidden"); // the server's reason
  expect(message).toContain("ServiceAccount objects are not allowed here"); // its message
  expect(message).toContain("change the policy that denies it"); // what to do
  expect(message).toContain("setup.timeout of 10s is over");
  expect(condition(failed, "Stalled")?.status).toBe("True");
  expect(failed.status?.inventory?.entries).toEqual([]);
  expect(failed.status?.completedAt).toBeUndefined();

  const order = ["secrets", "rolebindings", "namespaces"];
  for (const resource of order) expect(deletes(id, resource)).toHaveLength(3);
  for (const [index, resource] of order.slice(1).entries())
    expect(endsBefore(deletes(id, order[index] as string), deletes(id, resource))).toBe(true);
  await allow();
});

test("before setup.timeout a refusal is tried again with back-off, and the set-up goes on when it ends", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "GitRepository" });
  await apply(id, { setup: { timeout: "5m" } });
  const refused = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "Forbidden",
    "tells of the refusal",
  );
  expect(refused.status?.phase).toBe("CREATING_RESOURCES");
  expect(condition(refused, "Reconciling")?.status).toBe("True");
  await allow();
  await untilPhase(scope, id, "COMPLETED");
  expect(writesAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
});

test("what failed stays so until something changes, and a new generation starts it again", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "RoleBinding" });
  await apply(id, { environments: [{ name: "development" }] });
  await untilPhase(scope, id, "FAILED");
  await allow();
  const before = writesAbout(scope, id).length;
  await untilResynced(scope, 3);
  expect(writesAbout(scope, id).slice(before).map(line)).toEqual([]);
  await patchProject(id, { spec: { git: { interval: "2m" } } });
  const project = await untilPhase(scope, id, "COMPLETED");
  expect(project.status?.setup).toMatchObject({ attempt: 2, generation: 2 });
  expect(project.status?.setup?.outcome).toBeUndefined();
});

test("requestedAt starts a failed set-up again, with nothing else changed", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "RoleBinding" });
  await apply(id, { environments: [{ name: "development" }] });
  await untilPhase(scope, id, "FAILED");
  await allow();
  const at = new Date().toISOString();
  await patchProject(id, { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": at } } });
  const project = await untilPhase(scope, id, "COMPLETED");
  expect(project.status?.lastHandledReconcileAt).toBe(at);
});

test("onFailure: Keep leaves all that was made as it is", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "Kustomization" });
  await apply(id, { setup: { timeout: "10s", onFailure: "Keep" } });
  const failed = await untilPhase(scope, id, "FAILED");
  expect(failed.status?.setup?.phases?.map(({ name }) => name)).not.toContain("ROLLING_BACK");
  await untilResynced(scope);
  const left = await Promise.all(idsOf(failed).map((object) => find(scope.admin, object)));
  expect(left.filter((object) => object !== undefined)).toHaveLength(15);
  expect(left.filter((object) => object?.metadata.deletionTimestamp)).toEqual([]);
  await allow();
});

test("nothing is rolled back once COMPLETED, whatever is refused later", async () => {
  const id = uniqueProject();
  await apply(id);
  const before = await untilPhase(scope, id, "COMPLETED");
  const allow = await deny(scope, { projectId: id, kind: "GitRepository", operations: ["CREATE", "UPDATE"] });
  await patchProject(id, { spec: { git: { ref: { tag: "v2" } }, setup: { timeout: "11s" } } });
  const refused = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "Forbidden",
    "tells of the refusal",
  );
  expect(refused.status?.completedAt).toBe(before.status?.completedAt as string);
  // Longer than setup.timeout, in resyncs of a second.
  await untilResynced(scope, 12);
  const later = await getProject(scope, id);
  expect(later.status?.phase).not.toMatch(/ROLLING_BACK|FAILED/);
  expect(writesAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
  await allow();
  // By now the back-off may be half a minute: this is how a person asks for a pass.
  await patchProject(id, { metadata: { annotations: { [ANNOTATIONS.requestedAt]: "policy lifted" } } });
  await untilPhase(scope, id, "COMPLETED");
});

test("nothing is rolled back where Flux has already applied something", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, environment: "staging", kind: "Kustomization" });
  await apply(id);
  const delivery = {
    kind: "Kustomization",
    namespace: `project-${id}-development`,
    name: `${id}-development`,
  } as const;
  await eventually(() => find(scope.admin, delivery));
  const status = { lastAttemptedRevision: "main@sha1:1f3c9ab8c1d4e5f60718293a4b5c6d7e8f901234" };
  await scope.admin.patch(
    resourceOf("Kustomization"),
    refOf(delivery),
    { status },
    {
      type: "merge",
      subresource: "status",
    },
  );
  const failed = await untilPhase(scope, id, "FAILED");
  await untilResynced(scope);
  const left = await Promise.all(idsOf(failed).map((object) => find(scope.admin, object)));
  expect(left.filter((object) => object !== undefined)).toHaveLength(17);
  expect(writesAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
  await allow();
});

test("a rollback leaves alone what somebody else has put in place of an object of ours", async () => {
  const id = uniqueProject();
  const allow = await deny(scope, { projectId: id, kind: "Kustomization" });
  await apply(id, { environments: [{ name: "development" }] });
  const secret = { kind: "Secret", namespace: `project-${id}-development`, name: `${id}-git-auth` } as const;
  await eventually(() => find(scope.admin, { ...secret, kind: "GitRepository", name: `${id}-repo` }));
  // created-by is ours alone to write: without it nothing proves that this set-up made the object.
  const annotations = { "projectgitops.dev/created-by": null };
  await scope.admin.patch(
    resourceOf("Secret"),
    refOf(secret),
    { metadata: { annotations } },
    { type: "merge" },
  );
  await untilPhase(scope, id, "FAILED");
  expect(deletes(id, "gitrepositories")).toHaveLength(1);
  expect(deletes(id, "secrets")).toEqual([]);
  await allow();
  await need(scope.admin, "Secret", secret.namespace, secret.name).catch(() => undefined);
});
