import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { defineResource, type KubeObject } from "../../../src/kube/index.ts";
import type { ManagedKind, ObjectId } from "../../../src/plan/index.ts";
import { refOf, resourceOf } from "../../../src/reconcile/index.ts";
import { program } from "../../cluster/binaries.ts";
import { eventually, run } from "../../cluster/index.ts";
import { openGate } from "../support/gate.ts";
import {
  isCall,
  requestsAbout,
  sentAt,
  untilPolled,
  untilResynced,
  writesAbout,
} from "../support/requests.ts";
import {
  condition,
  find,
  getProject,
  giveCredential,
  idsOf,
  need,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilProject,
} from "../support/scope.ts";
import {
  FLUX_FINALIZER,
  homeOf,
  patchObject,
  patchProject,
  remove,
  type Spec,
  setUp,
  standing,
  untilGone,
} from "./support.ts";

const CONFIG_MAPS = defineResource<KubeObject>({
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
});

const TWO: Spec = { environments: [{ name: "development" }, { name: "staging" }] };
const HELD = { metadata: { finalizers: ["example.com/hold"] } };
const RELEASED = { metadata: { finalizers: null } };

/** Time between requests of one kind is judged with the operator's own resync interval. */
let scope: Scope;
/** One with the quick intervals of most tests. */
let quick: Scope;
beforeAll(async () => {
  [scope, quick] = await Promise.all([openScope({ args: ["--resync-interval", "60s"] }), openScope()]);
  await Promise.all([giveCredential(scope), giveCredential(quick)]);
});
afterAll(() => Promise.all([scope.stop(), quick.stop()]));

/** Removed at the beginning, for it takes a minute to see how it is looked at. */
let stuck: { project: ProjectGitOps; held: { namespace: string; name: string }; removedAt: number };
beforeAll(async () => {
  const project = await setUp(scope);
  const held = { namespace: homeOf(project, "development"), name: "held" };
  await scope.admin.create(CONFIG_MAPS, { metadata: { ...held, ...HELD.metadata } });
  stuck = { project, held, removedAt: Date.now() };
  await remove(scope, project.metadata.name);
});

const delivery = (project: ProjectGitOps, environment: string): ObjectId => ({
  kind: "Kustomization",
  namespace: homeOf(project, environment),
  name: `${project.spec.projectId}-${environment}`,
});

const repository = (project: ProjectGitOps, environment: string): ObjectId => ({
  kind: "GitRepository",
  namespace: homeOf(project, environment),
  name: `${project.spec.projectId}-repo`,
});

const holdByFlux = (where: Scope, id: ObjectId) =>
  patchObject(where, id, { metadata: { finalizers: [FLUX_FINALIZER] } });

const ready = (project: ProjectGitOps) => condition(project, "Ready");

/** Runs the command that a message ends with, as a person would paste it. */
async function paste(where: Scope, message: string): Promise<void> {
  const command = /kubectl (annotate [^\n]+)$/.exec(message)?.[1];
  expect(command).toBeDefined();
  const args = (command ?? "").split(" ");
  const { code, stderr } = await run([
    await program("kubectl"),
    "--kubeconfig",
    where.cluster.kubeconfigPath,
    ...args,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

describe("Kustomizations whose Flux finalizer nobody takes off", () => {
  let project: ProjectGitOps;
  let told: ProjectGitOps;
  let foreign: ObjectId;
  let removedAt: number;

  beforeAll(async () => {
    project = await setUp(scope, TWO);
    foreign = { ...delivery(project, "development"), name: "theirs" };
    await Promise.all([
      ...idsOf(project)
        .filter(({ kind }) => kind === "Kustomization" || kind === "GitRepository")
        .map((id) => holdByFlux(scope, id)),
      scope.admin.create(resourceOf("Kustomization"), {
        metadata: { namespace: foreign.namespace, name: foreign.name, finalizers: [FLUX_FINALIZER] },
        spec: { interval: "1h", prune: false, sourceRef: { kind: "GitRepository", name: "theirs" } },
      } as KubeObject),
    ]);
    removedAt = Date.now();
    await remove(scope, project.metadata.name);
    told = await eventually(
      async () => {
        const now = await getProject(scope, project.metadata.name);
        return ready(now)?.reason === "FluxControllerNotResponding" ? now : undefined;
      },
      { description: "FluxControllerNotResponding", deadlineMs: 110_000 },
    );
  }, 150_000);

  test("are told of after a minute, with their names and the command that helps", () => {
    expect(Date.now() - removedAt).toBeGreaterThan(55_000);
    expect(told.status?.phase).toBe("DELETING");
    expect(ready(told)?.status).toBe("False");
    expect(condition(told, "Reconciling")?.status).toBe("True");
    const message = ready(told)?.message ?? "";
    for (const environment of ["development", "staging"])
      expect(message).toContain(
        `Kustomization ${homeOf(project, environment)}/${project.metadata.name}-${environment}`,
      );
    expect(message).toContain("is the controller running?");
    expect(message).toContain("projectgitops.dev/force-delete=");
  });

  test("cost looks that become rarer, not one every half second", () => {
    const looks = requestsAbout(scope, project.spec.projectId).filter(
      (event) =>
        isCall(event, "get", "kustomizations") &&
        event.objectRef?.name === `${project.metadata.name}-staging` &&
        sentAt(event) > removedAt,
    );
    expect(looks.length).toBeWithin(3, 25);
  });

  test("keep their deployer until they are gone: nothing of a later rank is deleted", async () => {
    for (const id of idsOf(project).filter(({ kind }) => kind !== "Kustomization"))
      expect(
        (await need(scope.admin, id.kind, id.namespace, id.name)).metadata.deletionTimestamp,
      ).toBeUndefined();
  });

  test("lose it by force only in the namespaces that are named", async () => {
    const annotations = { "projectgitops.dev/force-delete": homeOf(project, "development") };
    await patchProject(scope, project.metadata.name, { metadata: { annotations } });
    await eventually(async () => (await find(scope.admin, delivery(project, "development"))) === undefined, {
      description: "the Kustomization of development is gone",
      deadlineMs: 30_000,
    });
    await untilPolled(scope, 10);
    const other = await need(
      scope.admin,
      "Kustomization",
      homeOf(project, "staging"),
      `${project.metadata.name}-staging`,
    );
    expect(other.metadata.finalizers).toEqual([FLUX_FINALIZER]);
    const strips = writesAbout(scope, project.spec.projectId).filter((event) =>
      isCall(event, "patch", "kustomizations"),
    );
    expect(strips.map(({ objectRef }) => objectRef?.namespace)).toEqual([homeOf(project, "development")]);
  });

  test("all go with the command of the message, and what is someone else's keeps its finalizer", async () => {
    const now = await getProject(scope, project.metadata.name);
    await paste(scope, ready(now)?.message ?? "");
    const held = await untilProject(
      scope,
      project.metadata.name,
      (one) => ready(one)?.message.includes(`${FLUX_FINALIZER} in 1 resource instances`) ?? false,
      "says what holds its Namespace",
    );
    expect(ready(held)?.reason).toBe("NamespaceTerminating");
    const theirs = await need(scope.admin, "Kustomization", foreign.namespace, foreign.name);
    expect(theirs.metadata.finalizers).toEqual([FLUX_FINALIZER]);
    await patchObject(scope, foreign, RELEASED);
    await untilGone(scope, project.metadata.name);
  }, 150_000);
});

test("without Flux a project can be force-deleted at once, before anything has timed out", async () => {
  const project = await setUp(quick);
  await holdByFlux(quick, delivery(project, "development"));
  await holdByFlux(quick, repository(project, "development"));
  const annotations = { "projectgitops.dev/force-delete": homeOf(project, "development") };
  await patchProject(quick, project.metadata.name, { metadata: { annotations } });
  await untilResynced(quick);
  // Nothing is being deleted yet: the annotation alone takes nothing off.
  expect(
    (
      await need(
        quick.admin,
        "Kustomization",
        homeOf(project, "development"),
        `${project.metadata.name}-development`,
      )
    ).metadata.finalizers,
  ).toEqual([FLUX_FINALIZER]);
  await remove(quick, project.metadata.name);
  await untilGone(quick, project.metadata.name);
}, 90_000);

describe("a Namespace that does not go, because something in it is held", () => {
  const project = () => stuck.project;
  const held = () => stuck.held;
  afterAll(async () => {
    await scope.admin.patch(CONFIG_MAPS, held(), RELEASED, { type: "merge" }).catch(() => undefined);
  });

  test("is told with the words of its own conditions", async () => {
    const told = await untilProject(
      scope,
      project().metadata.name,
      (one) => ready(one)?.message.includes("example.com/hold in 1 resource instances") ?? false,
      "names the finalizer that holds the Namespace",
    );
    expect(ready(told)).toMatchObject({ status: "False", reason: "NamespaceTerminating" });
    expect(ready(told)?.message).toContain(`Namespace ${homeOf(project(), "development")}`);
    expect(ready(told)?.message).toContain("configmaps. has 1 resource instances");
    expect(told.status?.phase).toBe("DELETING");
  }, 60_000);

  test("is looked at more and more rarely", async () => {
    const id = project().spec.projectId;
    await eventually(() => Date.now() - stuck.removedAt > 60_000, {
      description: "a minute",
      deadlineMs: 70_000,
    });
    const looks = requestsAbout(scope, id).filter(
      (event) => isCall(event, "get", "namespaces") && sentAt(event) > stuck.removedAt,
    );
    expect(looks.length).toBeWithin(3, 25);
    const deletes = writesAbout(scope, id).filter((event) => isCall(event, "delete", "namespaces"));
    expect(deletes).toHaveLength(1);
  }, 90_000);

  test("goes when it is let go, and the project with it", async () => {
    await scope.admin.patch(CONFIG_MAPS, held(), RELEASED, { type: "merge" });
    await untilGone(scope, project().metadata.name, 90_000);
  }, 120_000);
});

test("a Namespace that is being deleted under a project is told with what holds it, and made again when it is gone", async () => {
  const project = await setUp(quick);
  const name = homeOf(project, "development");
  const before = await need(quick.admin, "Namespace", "", name);
  const held = { namespace: name, name: "held" };
  await quick.admin.create(CONFIG_MAPS, { metadata: { ...held, ...HELD.metadata } });
  await quick.admin.deleteNamespace(name);
  const told = await untilProject(
    quick,
    project.metadata.name,
    (one) => ready(one)?.message.includes("example.com/hold") ?? false,
    "names the finalizer that holds the Namespace",
  );
  expect(ready(told)).toMatchObject({ status: "False", reason: "NamespaceTerminating" });
  await quick.admin.patch(CONFIG_MAPS, held, RELEASED, { type: "merge" });
  await eventually(
    async () => {
      const live = await find(quick.admin, delivery(project, "development"));
      return (
        live !== undefined &&
        (await need(quick.admin, "Namespace", "", name)).metadata.uid !== before.metadata.uid
      );
    },
    { description: "everything is there again", deadlineMs: 60_000 },
  );
}, 120_000);

const KEPT: [string, Partial<NonNullable<Spec["environments"]>[number]>, Partial<Spec>][] = [
  ["protected", { protected: true }, {}],
  ["Orphan", { deletionPolicy: "Orphan" }, {}],
  ["Orphan by its project's policy", {}, { deletionPolicy: "Orphan" }],
];

test.each(KEPT)(
  "the entry of an environment that is %s, taken out in one edit with what kept it, takes nothing away",
  async (_why, environment, project) => {
    const before = await setUp(quick, {
      environments: [{ name: "development" }, { name: "production", ...environment }],
      ...project,
    });
    const { name } = before.metadata;
    // One edit: the entry goes, and with it every word in the spec that kept it.
    const environments = [{ name: "development", interval: "7m" }];
    await patchProject(quick, name, { spec: { environments, deletionPolicy: "Delete" } });
    await untilProject(
      quick,
      name,
      ({ metadata, status }) => status?.observedGeneration === metadata.generation,
      "has seen the edit",
    );
    await untilResynced(quick, 3);
    const own = idsOf(before).filter((id) => id.environment === "production");
    const left = await Promise.all(own.map((id) => find(quick.admin, id)));
    expect(left.map((live) => [live?.kind, live?.metadata.deletionTimestamp])).toEqual(
      own.map(({ kind }) => [kind, undefined]),
    );
    expect(writesAbout(quick, before.spec.projectId).filter(({ verb }) => verb === "delete")).toEqual([]);
  },
  90_000,
);

test("a protection that the operator never saw lifted holds, when entry and project go together", async () => {
  const before = await setUp(quick, {
    environments: [{ name: "development" }, { name: "production", protected: true }],
  });
  const { name } = before.metadata;
  await quick.operator.stop();
  await patchProject(quick, name, { spec: { environments: [{ name: "development" }] } });
  await remove(quick, name);
  await quick.restart();
  const told = await untilProject(
    quick,
    name,
    (one) => ready(one)?.reason === "DeletionProtected",
    "says that production is protected",
  );
  expect(ready(told)?.message).toContain(homeOf(before, "production"));
  const production = await need(quick.admin, "Namespace", "", homeOf(before, "production"));
  expect(production.metadata.deletionTimestamp).toBeUndefined();
  await paste(quick, ready(told)?.message ?? "");
  await untilGone(quick, name);
}, 120_000);

const STAGES: ManagedKind[] = ["Namespace", "Secret", "ServiceAccount", "GitRepository", "Kustomization"];

describe("a project that is deleted in the middle of its set-up", () => {
  /** Deletes a project while creates of that kind are on their way. @returns what is left when it is gone */
  async function leftAfter(kind: ManagedKind): Promise<string[]> {
    const id = uniqueProject();
    const gate = await openGate(quick, id);
    try {
      gate.hold([kind], 1); // one is made, the others are on their way
      const project = await quick.admin.create(PROJECTS, projectObject(quick.namespace, id));
      await eventually(() => gate.arrived.filter((text) => text.startsWith(`${kind} `)).length >= 3, {
        description: `three ${kind} objects are on their way`,
      });
      await remove(quick, id);
      gate.open();
      await untilGone(quick, id);
      const stood = await standing(quick, project);
      return stood.filter(({ uid }) => uid !== undefined).map(({ object }) => object);
    } finally {
      await gate.close();
    }
  }

  let left: Map<ManagedKind, string[]>;
  beforeAll(async () => {
    left = new Map(await Promise.all(STAGES.map(async (kind) => [kind, await leftAfter(kind)] as const)));
  }, 120_000);

  test.each(STAGES)("with %s objects under way, leaves nothing behind", (kind) => {
    expect(left.get(kind)).toEqual([]);
  });
});

test("what is let go by force is only what is ours: nothing else in a named namespace is written", async () => {
  const project = await setUp(quick);
  const theirs = { ...repository(project, "development"), name: "theirs" };
  await quick.admin.create(resourceOf("GitRepository"), {
    metadata: { namespace: theirs.namespace, name: theirs.name, finalizers: [FLUX_FINALIZER] },
    spec: { url: "https://git.example.com/x.git", interval: "1h" },
  } as KubeObject);
  const annotations = { "projectgitops.dev/force-delete": `${theirs.namespace}, default` };
  await patchProject(quick, project.metadata.name, { metadata: { annotations } });
  await remove(quick, project.metadata.name);
  await untilProject(
    quick,
    project.metadata.name,
    (one) => ready(one)?.message.includes(FLUX_FINALIZER) ?? false,
    "names the finalizer that holds the Namespace",
  );
  const written = writesAbout(quick, project.spec.projectId).filter(
    ({ objectRef }) => objectRef?.name === "theirs",
  );
  expect(written).toEqual([]);
  await quick.admin.patch(resourceOf("GitRepository"), refOf(theirs), RELEASED, { type: "merge" });
  await untilGone(quick, project.metadata.name);
}, 120_000);
