import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { FINALIZER } from "../../../src/api/names.ts";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, isNotFound, NAMESPACES } from "../../../src/kube/index.ts";
import {
  applyCrds,
  eventually,
  kubectl,
  mustRun,
  type OwnCluster,
  operatorRequests,
  program,
  startCluster,
} from "../../cluster/index.ts";
import { isCall, isWrite, line, sentAt } from "../support/requests.ts";
import {
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "../support/scope.ts";
import { ONE, type Standing, standing, untilGone } from "./support.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const CRD = { name: "projectgitops.projectgitops.dev" };
const CRD_FILE = join(ROOT, "crds", "projectgitops.dev_projectgitops.yaml");

let cluster: OwnCluster;
/** Polls rarely, as an installed operator does: what it asked once is not true for ever. */
let scope: Scope;
const projects: ProjectGitOps[] = [];
let objects: Standing[];

beforeAll(async () => {
  cluster = await startCluster();
  scope = await openScope({ cluster, args: ["--poll-interval", "2s"] });
  await giveCredential(scope);
  const ids = [uniqueProject(), uniqueProject(), uniqueProject()];
  for (const id of ids) await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  for (const id of ids) projects.push(await untilPhase(scope, id, "COMPLETED"));
  objects = await allStanding();
}, 120_000);
afterAll(async () => {
  await scope.stop();
  await cluster.stop();
}, 60_000);

const allStanding = async (): Promise<Standing[]> =>
  (await Promise.all(projects.map((project) => standing(scope, project)))).flat();

const crdIsGone = () =>
  eventually(() => scope.admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD).then(() => false, isNotFound), {
    description: "the CRD is gone",
    deadlineMs: 60_000,
  });

const deletesSince = (time: number): string[] =>
  operatorRequests(cluster, (event) => event.verb === "delete" && sentAt(event) >= time).map(line);

/** As people have it in git: without anything that the server or the operator wrote. */
const manifest = ({ metadata: { namespace, name }, spec }: ProjectGitOps): ProjectGitOps => ({
  ...projectObject(namespace, spec.projectId),
  metadata: { namespace, name },
  spec,
});

/** Applies the CRD and every project again, and waits until all is taken over. */
async function applyAgain(): Promise<void> {
  await applyCrds(cluster, [CRD_FILE]);
  for (const project of projects)
    await eventually(() => scope.admin.create(PROJECTS, manifest(project)), {
      description: `${project.metadata.name} can be applied again`,
      deadlineMs: 30_000,
    });
  for (const project of projects) await untilPhase(scope, project.metadata.name, "COMPLETED");
}

async function expectTakenOver(): Promise<void> {
  expect(await allStanding()).toEqual(objects);
  for (const project of projects) {
    const { metadata } = await getProject(scope, project.metadata.name);
    expect(metadata.uid).not.toBe(project.metadata.uid);
    expect(metadata.finalizers).toContain(FINALIZER);
    const home = `project-${project.spec.projectId}-staging`;
    const { annotations } = (await scope.admin.get(NAMESPACES, { name: home })).metadata ?? {};
    expect(annotations?.["projectgitops.dev/owner-uid"]).toBe(metadata.uid as string);
  }
}

test("the CRD deleted: every ProjectGitOps is released, and no managed object goes", async () => {
  const began = Date.now();
  await scope.admin.delete(CUSTOM_RESOURCE_DEFINITIONS, CRD);
  await crdIsGone();
  expect(await allStanding()).toEqual(objects);
  expect(deletesSince(began)).toEqual([]);
  const written = operatorRequests(
    cluster,
    (event) => isWrite(event) && sentAt(event) >= began && event.objectRef?.resource !== "events",
  );
  // Finalizers, and nothing else: not even a status.
  expect(written.map(line).sort()).toEqual(
    projects.map(({ metadata }) => `patch projectgitops ${metadata.namespace}/${metadata.name} 200`).sort(),
  );
}, 90_000);

test("while the CRD is away the operator keeps running, and says that it is not ready in words that help", async () => {
  expect(scope.operator.running()).toBe(true);
  const line = await eventually(
    () =>
      scope.operator.lines().find(({ level, error }) => level === "warn" && String(error).includes("404")),
    { description: "the log tells of the missing CRD" },
  );
  expect(line["msg"]).toContain("poll failed");
});

test("the CRD and the projects applied again: everything is taken over, nothing is made anew", async () => {
  await applyAgain();
  await expectTakenOver();
}, 120_000);

test("the CRD deleted while one project is already being deleted: the others keep all they have", async () => {
  // The answer of a moment ago, for the first project, must not decide over the others.
  const [first, ...others] = projects as [ProjectGitOps, ...ProjectGitOps[]];
  const ofOthers = objects.filter(({ object }) => !object.includes(first.spec.projectId));
  await scope.admin.delete(PROJECTS, { namespace: first.metadata.namespace, name: first.metadata.name });
  await eventually(
    () =>
      operatorRequests(
        cluster,
        (event) =>
          isCall(event, "delete", "kustomizations") &&
          Boolean(event.objectRef?.namespace?.includes(first.spec.projectId)),
      ).length > 0,
    { description: "the first project is being removed", everyMs: 5 },
  );
  await scope.admin.delete(CUSTOM_RESOURCE_DEFINITIONS, CRD);
  await crdIsGone();
  expect((await Promise.all(others.map((project) => standing(scope, project)))).flat()).toEqual(ofOthers);
  // What is left of the first is its own deletion's; from here on it is not looked at.
  projects.splice(0, projects.length, ...others);
  objects = ofOthers;
  await applyAgain();
  await expectTakenOver();
}, 150_000);

test("the operator stopped and deploy/ removed, CRD and all: nothing goes; installed again, it takes everything over", async () => {
  await scope.operator.stop();
  const manifests = await mustRun([await program("kubectl"), "kustomize", join(ROOT, "deploy")]);
  const began = Date.now();
  const removed = await kubectl(
    cluster,
    ["delete", "--wait=false", "--ignore-not-found", "-f", "-"],
    manifests,
  );
  expect(removed.code).toBe(0);
  await eventually(
    async () =>
      (await scope.admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD)).metadata?.deletionTimestamp !== undefined,
    { description: "the CRD is being deleted" },
  );
  await eventually(() => scope.admin.namespaceExists("projectgitops-system").then((exists) => !exists), {
    description: "the operator's own namespace is gone",
    deadlineMs: 40_000,
  });
  expect(await allStanding()).toEqual(objects);

  await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", "-"], manifests);
  await eventually(
    async () =>
      (await kubectl(cluster, ["get", "serviceaccount", "-n", "projectgitops-system", "projectgitops"]))
        .code === 0,
    { description: "deploy/ is there again", deadlineMs: 30_000 },
  );
  await scope.restart();
  await crdIsGone();
  expect(await allStanding()).toEqual(objects);
  await applyAgain();
  await expectTakenOver();
  expect(deletesSince(began)).toEqual([]);
}, 180_000);

test("at the end a project is deleted like any other", async () => {
  const [project] = projects;
  if (project === undefined) throw new Error("there is a project left");
  const { namespace, name } = project.metadata;
  await scope.admin.delete(PROJECTS, { namespace, name });
  await untilGone(scope, name);
  expect((await standing(scope, project)).every(({ uid }) => uid === undefined)).toBe(true);
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, ONE));
  await untilProject(scope, id, ({ status }) => status?.phase === "COMPLETED", "is COMPLETED");
}, 90_000);
