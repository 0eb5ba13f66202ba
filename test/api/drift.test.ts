import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { LiveObject } from "../../src/machine/index.ts";
import type { ManagedKind } from "../../src/plan/index.ts";
import { PROJECTS, refOf, resourceOf } from "../../src/reconcile/index.ts";
import { eventually, uniqueName } from "../cluster/index.ts";
import { fluxSucceeds, untilReady } from "./support/flux.ts";
import { line, untilResynced, writesAbout } from "./support/requests.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  idsOf,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
} from "./support/scope.ts";

let scope: Scope;
let id: string;
let project: ProjectGitOps;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());
beforeEach(async () => {
  id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments: [{ name: "dev" }] }));
  project = await untilReady(scope, id);
});

const idOf = (kind: ManagedKind) => {
  const found = idsOf(project).find((one) => one.kind === kind);
  if (!found) throw new Error(`no ${kind} is planned`);
  return found;
};

const live = async (kind: ManagedKind): Promise<LiveObject> => {
  const found = await find(scope.admin, idOf(kind));
  if (!found) throw new Error(`${kind} is not there`);
  return found;
};

/** As somebody with kubectl edit would. */
const edit = (kind: ManagedKind, patch: object, fieldManager = "kubectl-edit") =>
  scope.admin.patch(resourceOf(kind), refOf(idOf(kind)), patch, { type: "merge", fieldManager });

const untilBack = (kind: ManagedKind, holds: (object: LiveObject) => boolean) =>
  eventually(async () => holds(await live(kind)), {
    description: `${kind} is as it was`,
    deadlineMs: 30_000,
  });

/** Writes to managed objects; what the operator writes about the project itself is left out. */
const repairs = (): string[] =>
  writesAbout(scope, id)
    .filter(({ objectRef }) => objectRef?.resource !== "projectgitops" && objectRef?.resource !== "events")
    .map(line);

const INSIDE = ["Secret", "ServiceAccount", "RoleBinding", "GitRepository", "Kustomization"] as const;

test.each([...INSIDE])("a %s that was deleted by hand is made again, with what it had", async (kind) => {
  const before = await live(kind);
  await scope.admin.delete(resourceOf(kind), refOf(idOf(kind)));
  await untilBack(kind, ({ metadata }) => metadata.uid !== before.metadata.uid);
  const after = await live(kind);
  for (const part of ["spec", "data", "type", "roleRef", "subjects"])
    expect(Bun.deepEquals(after[part], before[part])).toBe(true);
  expect(after.metadata.labels).toEqual({ ...before.metadata.labels });
  await untilReady(scope, id);
});

test("a Namespace that was deleted by hand is made again with everything in it, when it is gone", async () => {
  const before = await live("Namespace");
  await scope.admin.deleteNamespace(idOf("Namespace").name);
  await untilBack("Namespace", ({ metadata }) => metadata.uid !== before.metadata.uid);
  await untilReady(scope, id);
  for (const object of idsOf(project)) expect(await find(scope.admin, object)).toBeDefined();
});

const EDITS: [ManagedKind, string, object, (object: LiveObject) => unknown][] = [
  [
    "Namespace",
    "our label",
    { metadata: { labels: { "projectgitops.dev/project": "other" } } },
    ({ metadata }) => metadata.labels?.["projectgitops.dev/project"],
  ],
  [
    "Namespace",
    "its deletion policy",
    { metadata: { annotations: { "projectgitops.dev/deletion-policy": "Orphan" } } },
    ({ metadata }) => metadata.annotations?.["projectgitops.dev/deletion-policy"],
  ],
  [
    "Secret",
    "its data",
    { data: { identity: btoa("theirs") } },
    ({ data }) => Bun.hash(JSON.stringify(data)),
  ],
  [
    "ServiceAccount",
    "the tenant label",
    { metadata: { labels: { "toolkit.fluxcd.io/tenant": null } } },
    ({ metadata }) => metadata.labels?.["toolkit.fluxcd.io/tenant"],
  ],
  ["RoleBinding", "its subjects", { subjects: [] }, ({ subjects }) => JSON.stringify(subjects)],
  [
    "GitRepository",
    "its branch",
    { spec: { ref: { branch: "theirs" } } },
    ({ spec }) => JSON.stringify((spec as { ref: object }).ref),
  ],
  [
    "Kustomization",
    "its ServiceAccount",
    { spec: { serviceAccountName: "cluster-admin" } },
    ({ spec }) => (spec as { serviceAccountName: string }).serviceAccountName,
  ],
  ["Kustomization", "prune", { spec: { prune: false } }, ({ spec }) => (spec as { prune: boolean }).prune],
];

test.each(EDITS)(
  "a %s of which %s was edited by hand is put right, and keeps its uid",
  async (kind, _what, patch, part) => {
    const before = await live(kind);
    await edit(kind, patch);
    await untilBack(kind, (object) => part(object) === part(before));
    expect((await live(kind)).metadata.uid).toBe(before.metadata.uid);
    await untilReady(scope, id);
  },
);

test("a RoleBinding that was made anew for another role is replaced, for a role cannot be changed", async () => {
  const kind = "RoleBinding";
  const { metadata, subjects } = await live(kind);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
  const { labels, annotations } = metadata;
  await eventually(
    async () => {
      await scope.admin.delete(resourceOf(kind), refOf(idOf(kind))).catch(() => undefined);
      const body = { metadata: { ...refOf(idOf(kind)), labels, annotations }, roleRef, subjects };
      return scope.admin.create(resourceOf(kind), body as never);
    },
    { description: "the other RoleBinding is there", everyMs: 1 },
  );
  await untilBack(kind, (object) => (object["roleRef"] as { name: string }).name === "admin");
});

test("labels and annotations that others add stay, on every kind", async () => {
  const metadata = { labels: { "example.com/team": "theirs" }, annotations: { "example.com/note": "kept" } };
  for (const kind of [...INSIDE, "Namespace"] as const) await edit(kind, { metadata }, "cost-controller");
  // A change of ours goes over each of them.
  await scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { spec: { environments: [{ name: "dev", metadata: { labels: { team: "x" } }, interval: "9m" }] } },
    { type: "merge" },
  );
  await untilReady(scope, id);
  for (const kind of [...INSIDE, "Namespace"] as const) {
    const found = (await live(kind)).metadata;
    expect([kind, found.labels?.["example.com/team"]]).toEqual([kind, "theirs"]);
    expect([kind, found.annotations?.["example.com/note"]]).toEqual([kind, "kept"]);
  }
});

test("a change by others that touches nothing of ours causes no write", async () => {
  await untilResynced(scope);
  const before = repairs().length;
  const metadata = { annotations: { "example.com/seen": uniqueName() } };
  for (const kind of [...INSIDE, "Namespace"] as const) await edit(kind, { metadata }, "some-controller");
  await untilResynced(scope, 3);
  expect(repairs().slice(before)).toEqual([]);
});

test("flux suspend holds: spec.suspend of another manager survives resyncs, and Ready tells of it", async () => {
  const suspended = { spec: { suspend: true } };
  await edit("Kustomization", suspended, "flux");
  await edit("GitRepository", suspended, "flux");
  await untilResynced(scope);
  const said = await eventually(async () => {
    const ready = condition(await getProject(scope, id), "Ready");
    return ready?.message.includes("suspended: dev") ? ready : undefined;
  });
  expect(said.status).toBe("True");
  // A change of ours beside it does not end it.
  await scope.admin.patch(
    PROJECTS,
    { namespace: scope.namespace, name: id },
    { spec: { environments: [{ name: "dev", path: "./elsewhere" }] } },
    { type: "merge" },
  );
  await untilBack("Kustomization", ({ spec }) => (spec as { path: string }).path === "./elsewhere");
  expect((await live("Kustomization"))["spec"]).toMatchObject({ suspend: true });
  expect((await live("GitRepository"))["spec"]).toMatchObject({ suspend: true });
});

test("a change of Flux's status alone causes no write to any object", async () => {
  await untilResynced(scope);
  const before = repairs().length;
  const conditions = (message: string) => ({
    status: { conditions: [{ ...readyTrue, message, reason: "ReconciliationSucceeded" }] },
  });
  for (const message of ["Applied revision: a", "Applied revision: b"])
    await scope.admin.patch(resourceOf("Kustomization"), refOf(idOf("Kustomization")), conditions(message), {
      type: "merge",
      subresource: "status",
    });
  await eventually(async () =>
    (await getProject(scope, id)).status?.environments?.[0]?.delivery?.message.endsWith("b"),
  );
  await fluxSucceeds(scope, project);
  await untilResynced(scope);
  expect(repairs().slice(before)).toEqual([]);
});

const readyTrue = {
  type: "Ready",
  status: "True",
  observedGeneration: 1,
  lastTransitionTime: "2026-01-01T00:00:00Z",
};
