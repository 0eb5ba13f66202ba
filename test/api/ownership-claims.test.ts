import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { isNotFound } from "../../src/kube/index.ts";
import type { ManagedKind } from "../../src/plan/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { eventually, uniqueName } from "../cluster/index.ts";
import { untilReady } from "./support/flux.ts";
import { line, untilResynced, writesAbout } from "./support/requests.ts";
import {
  condition,
  getProject,
  giveCredential,
  NAMESPACES,
  need,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
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

const ONE = { environments: [{ name: "development" }] };

const apply = (id: string, name = id, namespace = scope.namespace): Promise<ProjectGitOps> => {
  const project = projectObject(namespace, id, ONE);
  return scope.admin.create(PROJECTS, { ...project, metadata: { ...project.metadata, name } });
};

test("409 AlreadyExists on an object of our own is no error: it is read, carried on with and mended", async () => {
  const id = uniqueProject();
  await apply(id);
  await untilReady(scope, id);
  const ref = { namespace: `project-${id}-development`, name: `${id}-repo` };
  // The project itself may be sealed meanwhile: only what is sent about the repository counts.
  const about = () =>
    writesAbout(scope, id)
      .map(line)
      .filter((text) => text.includes(" gitrepositories "));
  const before = about().length;
  const { metadata } = await need(scope.admin, "GitRepository", ref.namespace, ref.name);
  // Without its label no list shows it: for the operator it is not there, until a POST tells.
  const labels = { "app.kubernetes.io/managed-by": null };
  await scope.admin.patch(resourceOf("GitRepository"), ref, { metadata: { labels } }, { type: "merge" });
  await eventually(
    async () => {
      const { metadata: now } = await need(scope.admin, "GitRepository", ref.namespace, ref.name);
      return now.labels?.["app.kubernetes.io/managed-by"] === "projectgitops";
    },
    { description: "it has met the object and mended it" },
  );
  await untilReady(scope, id);
  const after = await need(scope.admin, "GitRepository", ref.namespace, ref.name);
  expect(after.metadata.uid).toBe(metadata.uid);
  expect(after.metadata.labels?.["app.kubernetes.io/managed-by"]).toBe("projectgitops");
  const lines = about().slice(before);
  expect(lines[0]).toBe(`create gitrepositories ${ref.namespace}/${ref.name} 409`);
  expect(writesAbout(scope, id).filter(({ verb }) => verb === "delete")).toEqual([]);
});

test("of two ProjectGitOps with one projectId the older keeps it, and the younger stalls with both named", async () => {
  const id = uniqueProject();
  await apply(id, `${id}-first`);
  await untilPhase(scope, `${id}-first`, "COMPLETED");
  const before = (await need(scope.admin, "Namespace", "", `project-${id}-development`)).metadata;
  await apply(id, `${id}-second`);
  const younger = await untilPhase(scope, `${id}-second`, "FAILED");
  expect(condition(younger, "Stalled")?.reason).toBe("DuplicateProject");
  expect(condition(younger, "Ready")?.message).toContain(
    `projectId ${id} belongs to ProjectGitOps ${scope.namespace}/${id}-first, which is older`,
  );
  await untilResynced(scope);
  expect((await getProject(scope, `${id}-first`)).status?.phase).toBe("COMPLETED");
  const after = (await need(scope.admin, "Namespace", "", `project-${id}-development`)).metadata;
  expect(after.resourceVersion).toBe(before.resourceVersion);
  const posts = writesAbout(scope, id).filter(
    ({ verb, objectRef }) => verb === "create" && objectRef?.resource !== "events",
  );
  expect(posts).toHaveLength(6); // the older one's own
});

test("the younger of two goes on by itself when the older is gone", async () => {
  const id = uniqueProject();
  await apply(id, `${id}-first`);
  await untilPhase(scope, `${id}-first`, "COMPLETED");
  await apply(id, `${id}-second`);
  await untilPhase(scope, `${id}-second`, "FAILED");
  await scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: `${id}-first` });
  await untilPhase(scope, `${id}-second`, "COMPLETED");
  const { metadata } = await need(scope.admin, "Namespace", "", `project-${id}-development`);
  expect(metadata.annotations?.["projectgitops.dev/owner"]).toBe(`${scope.namespace}/${id}-second`);
});

test("of two that want the same in the same second exactly one comes to COMPLETED, and stays so", async () => {
  const id = uniqueProject();
  const names = [`${id}-a`, `${id}-b`];
  await Promise.all(names.map((name) => apply(id, name)));
  const phases = async () =>
    (await Promise.all(names.map((name) => getProject(scope, name)))).map(({ status }) => status?.phase);
  const settled = () =>
    eventually(async () => (await phases()).sort().join() === "COMPLETED,FAILED", {
      description: "one is COMPLETED and the other FAILED",
    });
  await settled();
  await untilResynced(scope, 3);
  await settled();
});

test("a tenant who puts our labels and annotations on own objects changes nothing", async () => {
  const id = uniqueProject();
  const { metadata } = await apply(id);
  await untilReady(scope, id);
  const elsewhere = uniqueName("tenant");
  await scope.admin.createNamespace(elsewhere);
  const forged = (namespace: string, name: string) => ({
    metadata: {
      namespace,
      name,
      labels: {
        "app.kubernetes.io/managed-by": "projectgitops",
        "projectgitops.dev/project": id,
        "projectgitops.dev/environment": "development",
      },
      annotations: {
        "projectgitops.dev/owner": `${scope.namespace}/${id}`,
        "projectgitops.dev/owner-uid": metadata.uid ?? "",
        "projectgitops.dev/created-by": metadata.uid ?? "",
      },
    },
  });
  const kinds = ["Secret", "ServiceAccount"] as const satisfies ManagedKind[];
  const planted = await Promise.all(
    kinds.flatMap((kind) =>
      [`${id}-git-auth`, `${id}-deployer`, "theirs"].map((name) =>
        scope.admin.create(resourceOf(kind), forged(elsewhere, name)),
      ),
    ),
  );
  await untilResynced(scope, 3);
  const project = await getProject(scope, id);
  expect(project.status?.inventory?.entries.filter((entry) => entry.id.startsWith(elsewhere))).toEqual([]);
  expect(project.status?.inventory?.entries).toHaveLength(6);
  expect(condition(project, "Ready")?.status).toBe("True");
  // Not even deletion touches them.
  await scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: id });
  await eventually(async () => (await getProject(scope, id).catch(isNotFound)) === true, {
    description: "the project is gone",
  });
  for (const { kind, metadata: own } of planted) {
    const live = await need(scope.admin, kind as ManagedKind, elsewhere, own?.name ?? "");
    expect(live.metadata.resourceVersion).toBe(own?.resourceVersion ?? "");
  }
});

test("a tenant's copy of one of our objects beside it, labels and all, is not removed", async () => {
  const id = uniqueProject();
  await apply(id);
  await untilReady(scope, id);
  const namespace = `project-${id}-development`;
  const { metadata, data } = await scope.admin.get(SECRETS, { namespace, name: `${id}-git-auth` });
  const labels = metadata?.labels ?? {};
  const annotations = metadata?.annotations ?? {};
  const copy = { metadata: { namespace, name: "backup", labels, annotations }, ...(data ? { data } : {}) };
  await scope.admin.create(SECRETS, copy);
  const account = { metadata: { namespace, name: "theirs", labels, annotations } };
  await scope.admin.create(resourceOf("ServiceAccount"), account);
  await untilResynced(scope, 3);
  await need(scope.admin, "ServiceAccount", namespace, "theirs");
  await need(scope.admin, "Secret", namespace, "backup");
});

test("a ProjectGitOps inside a managed Namespace is refused, and nothing is made", async () => {
  const [outer, inner] = [uniqueProject(), uniqueProject()];
  // An operator for all namespaces sees it; this one looks only at its own, so that one is made managed.
  await apply(outer);
  await untilPhase(scope, outer, "COMPLETED");
  const { metadata } = await need(scope.admin, "Namespace", "", `project-${outer}-development`);
  const own = await scope.admin.getNamespace(scope.namespace);
  const mark = {
    labels: { "app.kubernetes.io/managed-by": "projectgitops" },
    annotations: {
      "projectgitops.dev/owner": metadata.annotations?.["projectgitops.dev/owner"] ?? "",
      "projectgitops.dev/owner-uid": metadata.annotations?.["projectgitops.dev/owner-uid"] ?? "",
    },
  };
  await scope.admin.patch(NAMESPACES, { name: scope.namespace }, { metadata: mark }, { type: "merge" });
  await untilResynced(scope);
  await apply(inner);
  const project = await untilProject(
    scope,
    inner,
    (one) => condition(one, "Stalled") !== undefined,
    "stalls",
  );
  expect(condition(project, "Ready")).toMatchObject({ status: "False", reason: "NestedProject" });
  expect(condition(project, "Ready")?.message).toContain(
    `namespace ${scope.namespace} is itself managed for ProjectGitOps ${scope.namespace}/${outer}`,
  );
  const posts = writesAbout(scope, inner).filter(
    ({ verb, objectRef }) => verb === "create" && objectRef?.resource !== "events",
  );
  expect(posts.map(line)).toEqual([]);
  const undo = {
    labels: { "app.kubernetes.io/managed-by": null },
    annotations: { "projectgitops.dev/owner": null, "projectgitops.dev/owner-uid": null },
  };
  await scope.admin.patch(NAMESPACES, { name: scope.namespace }, { metadata: undo }, { type: "merge" });
  await untilPhase(scope, inner, "COMPLETED");
  expect(own.metadata?.labels?.["app.kubernetes.io/managed-by"]).toBeUndefined();
});
