import { afterAll, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS, LABELS } from "../../../src/api/names.ts";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { describe as nameOf } from "../../../src/plan/index.ts";
import { eventually } from "../../cluster/index.ts";
import { untilReady } from "../support/flux.ts";
import { deny } from "../support/policy.ts";
import { isCall, line, untilPolled, untilResynced, writesAbout } from "../support/requests.ts";
import {
  condition,
  find,
  giveCredential,
  idsOf,
  need,
  openScope,
  PROJECTS,
  type Scope,
  SECRETS,
  untilPhase,
  untilProject,
} from "../support/scope.ts";
import {
  forceRemove,
  homeOf,
  namespaceId,
  patchObject,
  patchProject,
  remove,
  setUp,
  standing,
  untilGone,
} from "./support.ts";

let scope: Scope;
/** One whose resync does not come while a test runs: it acts on what it has seen before. */
let late: Scope;
beforeAll(async () => {
  [scope, late] = await Promise.all([openScope(), openScope({ args: ["--resync-interval", "10m"] })]);
  await Promise.all([giveCredential(scope), giveCredential(late)]);
});
afterAll(() => Promise.all([scope.stop(), late.stop()]));

const TWO = { environments: [{ name: "development" }, { name: "staging" }] };
const ready = (project: ProjectGitOps) => condition(project, "Ready");
const deletes = (project: ProjectGitOps, since = 0) =>
  writesAbout(scope, project.spec.projectId)
    .slice(since)
    .filter(({ verb }) => verb === "delete")
    .map(line);
/** What a backup keeps: everything but the status and what the server writes. */
function backup({ apiVersion, kind, metadata, spec }: ProjectGitOps): ProjectGitOps {
  const { namespace, name, labels, annotations, finalizers } = metadata;
  const kept = {
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
  };
  return {
    ...(apiVersion && { apiVersion }),
    ...(kind && { kind }),
    metadata: { namespace, name, ...kept },
    spec,
  } as ProjectGitOps;
}

/** Until the annotation says that nothing is ever rolled back. */
const untilSealed = (project: ProjectGitOps) =>
  untilProject(
    scope,
    project.metadata.name,
    ({ metadata }) => metadata.annotations?.[ANNOTATIONS.completed] === project.metadata.uid,
    "is marked as completed",
  );

/** Loses the object and its status as a lost cluster does, and restores it from the backup. */
async function restore(saved: ProjectGitOps): Promise<ProjectGitOps> {
  await scope.operator.stop();
  await forceRemove(scope, saved.metadata.name);
  const restored = await scope.admin.create(PROJECTS, saved);
  await scope.restart();
  return restored;
}

test.each([
  ["just after its set-up, with the annotation of the old set-up", false],
  ["later, with the annotation that it was completed", true],
])(
  "a project restored without status from a backup that was made %s takes everything over",
  async (_when, sealed) => {
    let before = await setUp(scope, TWO);
    if (sealed) before = await untilSealed(before);
    const objects = await standing(scope, before);
    const written = writesAbout(scope, before.spec.projectId).length;
    const restored = await restore(backup(before));
    const after = await untilPhase(scope, before.metadata.name, "COMPLETED");
    expect(after.metadata.uid).toBe(restored.metadata.uid);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(await standing(scope, after)).toEqual(objects);
    for (const id of idsOf(after)) {
      const { annotations } = (await need(scope.admin, id.kind, id.namespace, id.name)).metadata;
      expect(annotations?.[ANNOTATIONS.ownerUid]).toBe(after.metadata.uid);
      expect(annotations?.[ANNOTATIONS.createdBy]).toBe(before.metadata.uid);
    }
    expect(deletes(before, written)).toEqual([]);
    expect(after.status?.inventory?.entries).toHaveLength(12);
  },
);

test("a restored project whose set-up is refused until its time is over takes nothing back", async () => {
  const setup = { timeout: "10s" };
  const before = await setUp(scope, { ...TWO, setup });
  const objects = await standing(scope, before);
  const written = writesAbout(scope, before.spec.projectId).length;
  const repository = idsOf(before).find(({ kind }) => kind === "GitRepository");
  if (repository === undefined) throw new Error("a project has GitRepositories");
  await scope.operator.stop();
  const allow = await deny(scope, {
    projectId: before.spec.projectId,
    kind: "GitRepository",
    operations: ["CREATE", "UPDATE"],
  });
  // Without its finalizer it is claimed anew: still no set-up of its own, for the annotation says whose it was.
  const { finalizers: _gone, ...metadata } = backup(before).metadata;
  await restore({ ...backup(before), metadata });
  const failed = await untilPhase(scope, before.metadata.name, "FAILED");
  expect(ready(failed)?.message).toContain("setup.timeout of 10s is over");
  await untilResynced(scope);
  expect(await standing(scope, before)).toEqual(objects);
  expect(deletes(before, written)).toEqual([]);
  await allow();
  await patchProject(scope, before.metadata.name, { spec: { git: { interval: "2m" } } });
  await untilPhase(scope, before.metadata.name, "COMPLETED");
  expect(await standing(scope, before)).toEqual(objects);
}, 120_000);

test("an older spec that is restored takes over what it names, and reports what it does not, and nothing goes", async () => {
  const old = await setUp(scope, { environments: [{ name: "development", interval: "9m" }] });
  const { name } = old.metadata;
  await patchProject(scope, name, { spec: TWO });
  const before = await untilProject(
    scope,
    name,
    ({ status }) => status?.inventory?.entries.length === 12,
    "has both",
  );
  const objects = await standing(scope, before);
  const written = writesAbout(scope, before.spec.projectId).length;
  await restore(backup(old));
  await untilPhase(scope, name, "COMPLETED");
  const after = await untilReady(scope, name);
  expect(ready(after)?.message).toContain(`OrphanFound`);
  expect(ready(after)?.message).toContain(`Namespace ${homeOf(before, "staging")}`);
  await untilResynced(scope);
  expect(await standing(scope, before)).toEqual(objects);
  expect(deletes(before, written)).toEqual([]);

  // The newer spec comes back: it takes over what was only reported.
  await patchProject(scope, name, { spec: { environments: [{ name: "development" }, { name: "staging" }] } });
  await untilProject(scope, name, ({ status }) => status?.inventory?.entries.length === 12, "has both again");
  expect(await standing(scope, before)).toEqual(objects);
}, 120_000);

test("labels stripped from every object come back, and nothing is made anew or removed", async () => {
  const before = await setUp(scope, TWO);
  await untilReady(scope, before.metadata.name);
  const objects = await standing(scope, before);
  const written = writesAbout(scope, before.spec.projectId).length;
  const labels = Object.fromEntries(
    [LABELS.managedBy, LABELS.project, LABELS.environment, LABELS.tenant].map((key) => [key, null]),
  );
  await Promise.all(idsOf(before).map((id) => patchObject(scope, id, { metadata: { labels } })));
  await eventually(
    async () => {
      const live = await Promise.all(idsOf(before).map((id) => find(scope.admin, id)));
      return live.every(
        (one) =>
          one?.metadata.labels?.[LABELS.managedBy] === "projectgitops" &&
          one.metadata.labels[LABELS.project] === before.spec.projectId,
      );
    },
    { description: "all labels are back", deadlineMs: 40_000 },
  );
  await untilReady(scope, before.metadata.name);
  expect(await standing(scope, before)).toEqual(objects);
  expect(deletes(before, written)).toEqual([]);
}, 90_000);

test("labels stripped while the operator is stopped come back too", async () => {
  const before = await setUp(scope, TWO);
  const objects = await standing(scope, before);
  await scope.operator.stop();
  const labels = { [LABELS.managedBy]: null, [LABELS.project]: null };
  await Promise.all(idsOf(before).map((id) => patchObject(scope, id, { metadata: { labels } })));
  await scope.restart();
  await eventually(
    async () => {
      const live = await Promise.all(idsOf(before).map((id) => find(scope.admin, id)));
      return live.every((one) => one?.metadata.labels?.[LABELS.managedBy] === "projectgitops");
    },
    { description: "all labels are back", deadlineMs: 40_000 },
  );
  expect(await standing(scope, before)).toEqual(objects);
}, 90_000);

test("annotations stripped from a Namespace are told with the way out, and nothing is lost", async () => {
  const before = await setUp(scope, TWO);
  const { name } = before.metadata;
  const objects = await standing(scope, before);
  const home = namespaceId(homeOf(before, "staging"));
  const written = writesAbout(scope, before.spec.projectId).length;
  const keys = [
    ANNOTATIONS.owner,
    ANNOTATIONS.ownerUid,
    ANNOTATIONS.createdBy,
    ANNOTATIONS.protected,
    ANNOTATIONS.deletionPolicy,
  ];
  const annotations = Object.fromEntries(keys.map((key) => [key, null]));
  await patchObject(scope, home, { metadata: { annotations } });
  const told = await untilProject(scope, name, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(ready(told)).toMatchObject({ status: "False", reason: "HeldByAnother" });
  expect(ready(told)?.message).toContain(
    `label the namespace projectgitops.dev/adopt=${before.spec.projectId}`,
  );
  await untilResynced(scope);
  expect(await standing(scope, before)).toEqual(objects);

  await patchObject(scope, home, { metadata: { labels: { [LABELS.adopt]: before.spec.projectId } } });
  await untilProject(scope, name, (one) => condition(one, "Stalled") === undefined, "goes on by itself");
  await untilReady(scope, name);
  expect(await standing(scope, before)).toEqual(objects);
  expect(deletes(before, written)).toEqual([]);

  // It was adopted, not made, so far as anybody can tell now: it outlives the project.
  await remove(scope, name);
  await untilGone(scope, name);
  const left = await need(scope.admin, "Namespace", "", home.name);
  expect(left.metadata.deletionTimestamp).toBeUndefined();
}, 120_000);

test("annotations stripped from what stands inside are told with its name, and nothing is lost", async () => {
  const before = await setUp(scope);
  const { name } = before.metadata;
  await untilReady(scope, name);
  const objects = await standing(scope, before);
  const inside = idsOf(before).filter(({ kind }) => kind !== "Namespace");
  const annotations = {
    [ANNOTATIONS.owner]: null,
    [ANNOTATIONS.ownerUid]: null,
    [ANNOTATIONS.createdBy]: null,
  };
  await Promise.all(inside.map((id) => patchObject(scope, id, { metadata: { annotations } })));
  const told = await untilProject(scope, name, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(inside.some((id) => ready(told)?.message.includes(nameOf(id)))).toBe(true);
  await untilResynced(scope);
  expect(await standing(scope, before)).toEqual(objects);
  // The way back for all of them: the label by which an administrator hands an object over.
  const labels = { [LABELS.adopt]: before.spec.projectId };
  await Promise.all(inside.map((id) => patchObject(scope, id, { metadata: { labels } })));
  await untilReady(scope, name);
  expect(await standing(scope, before)).toEqual(objects);
  expect(deletes(before)).toEqual([]);
}, 90_000);

/** Deletes a Namespace with all it holds, and makes one of its name that is somebody else's. */
async function usurp({ admin }: Scope, name: string) {
  await admin.deleteNamespace(name);
  return eventually(
    async () => {
      if (await admin.namespaceExists(name)) return undefined;
      return admin.createNamespace({ metadata: { name, labels: { team: "other" } } });
    },
    { description: `${name} is somebody else's`, deadlineMs: 40_000, everyMs: 20 },
  );
}

test("a Namespace that became someone else's while the operator was stopped stays theirs, and nothing is sent into it", async () => {
  const before = await setUp(scope, TWO);
  const { name } = before.metadata;
  const home = homeOf(before, "staging");
  await scope.operator.stop();
  const theirs = await usurp(scope, home);
  await scope.restart();
  const told = await untilProject(scope, name, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(ready(told)).toMatchObject({ status: "False", reason: "HeldByAnother" });
  expect(ready(told)?.message).toContain(`Namespace ${home}`);
  await untilResynced(scope);
  const after = await scope.admin.getNamespace(home);
  expect(after.metadata?.resourceVersion).toBe(theirs.metadata?.resourceVersion as string);
  const inside = idsOf(before).filter(({ namespace }) => namespace === home);
  expect(await Promise.all(inside.map((id) => find(scope.admin, id)))).toEqual(inside.map(() => undefined));
  const others = (await standing(scope, before)).filter(({ object }) =>
    object.includes(homeOf(before, "development")),
  );
  expect(others.every(({ uid, going }) => uid !== undefined && !going)).toBe(true);
  // Not even a deletion of the project touches it.
  await remove(scope, name);
  await untilGone(scope, name);
  expect((await scope.admin.getNamespace(home)).metadata?.uid).toBe(theirs.metadata?.uid as string);
}, 120_000);

test("a credential is not sent into a Namespace that became someone else's since the last look", async () => {
  const before = await setUp(late);
  const { name } = before.metadata;
  const home = homeOf(before, "development");
  const theirs = await usurp(late, home);
  const docker = {
    ".dockerconfigjson": JSON.stringify({ auths: { "registry.example.com": { auth: "eDp5" } } }),
  };
  await late.admin.createSecret(late.namespace, "registry", docker, "kubernetes.io/dockerconfigjson");
  // A pass without a resync: everything that was seen last said that the Namespace is ours.
  const environments = [{ name: "development", imagePullSecrets: [{ name: "registry" }] }];
  await patchProject(late, name, { spec: { environments } });
  const told = await untilProject(late, name, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(ready(told)).toMatchObject({ status: "False", reason: "HeldByAnother" });
  await untilPolled(late, 5);
  const { items } = await late.admin.list(SECRETS, { namespace: home });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual([]);
  expect((await late.admin.getNamespace(home)).metadata?.resourceVersion).toBe(
    theirs.metadata?.resourceVersion as string,
  );
  const sent = writesAbout(late, before.spec.projectId).filter(
    (event) => isCall(event, "create", "secrets") && event.responseStatus?.code === 201,
  );
  expect(sent).toHaveLength(1); // the one of the set-up
}, 90_000);

test("a changed credential is not sent into a Namespace that became someone else's since the last look", async () => {
  const before = await setUp(late);
  const { name } = before.metadata;
  const home = homeOf(before, "development");
  await usurp(late, home);
  await patchProject(late, name, {
    spec: { git: { url: "https://git.example.com/a.git", credential: null } },
  });
  await late.admin.createSecret(late.namespace, name, { username: "git", password: "word" });
  await patchProject(late, name, { spec: { git: { credential: { secretRef: { name } } } } });
  const told = await untilProject(late, name, (one) => condition(one, "Stalled") !== undefined, "stalls");
  expect(ready(told)).toMatchObject({ status: "False", reason: "HeldByAnother" });
  await untilPolled(late, 5);
  const inside = idsOf(before).filter(({ kind }) => kind !== "Namespace");
  expect(await Promise.all(inside.map((id) => find(late.admin, id)))).toEqual(inside.map(() => undefined));
}, 90_000);
