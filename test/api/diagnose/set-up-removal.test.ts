import { afterAll, beforeAll, expect, test } from "bun:test";
import { CONFIG_MAPS } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually, type Operator } from "../../cluster/index.ts";
import {
  FLUX_FINALIZER,
  forceRemove,
  patchObject,
  patchProject,
  remove,
  untilGone,
} from "../issue-4/support.ts";
import { untilReady } from "../support/flux.ts";
import { find, getProject, idsOf, NAMESPACES, projectObject } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import { homeOf, mendedBy, ONE, untilReason } from "./support.ts";

let lab: Lab;
let operator: Operator;
/** One that waits for Flux from the beginning, for it takes a minute until that is a finding. */
let silent: string;
let silentSince: number;
beforeAll(async () => {
  lab = await openLab();
  operator = lab.operator;
  silent = await lab.project(ONE);
  for (const id of idsOf(await getProject(lab, silent)).filter(({ kind }) => kind === "Kustomization"))
    await patchObject(lab, id, { metadata: { finalizers: [FLUX_FINALIZER] } });
  await remove(lab, silent);
  silentSince = Date.now();
}, 60_000);
afterAll(() => lab.stop());

const TWO = { environments: [{ name: "development" }, { name: "production", protected: true }] };

test("FluxControllerNotResponding: absent in the first minute, in which Flux may be pruning", async () => {
  expect(Date.now() - silentSince).toBeLessThan(55_000);
  expect(await lab.ids(silent)).toEqual([]);
});

test("NamespaceTerminating: found when something in a deleted Namespace has a finalizer, and goes without it", async () => {
  const name = await lab.project(ONE);
  const namespace = homeOf(name);
  await lab.admin.create(CONFIG_MAPS, {
    metadata: { namespace, name: "held", finalizers: ["example.com/hold"] },
  });
  await lab.admin.deleteNamespace(namespace);
  const first = await eventually(
    async () => {
      const finding = await lab.first(name, "NamespaceTerminating");
      return finding.what.includes("ConfigMap") ? finding : undefined;
    },
    { description: "what holds it is named", deadlineMs: 30_000 },
  );
  expect(first).toMatchObject({ severity: "error", object: `Namespace ${namespace}` });
  expect(first.what).toBe(`ConfigMap held in namespace ${namespace} keeps it from going`);
  expect(first.evidence).toContain("NamespaceContentRemaining");
  expect(first.evidence).toContain("NamespaceFinalizersRemaining");
  expect(first.evidence).toContain("example.com/hold in 1 resource instances");
  expect(first.fix).toContain(`kubectl patch configmaps held -n ${namespace}`);
  expect(await lab.ids(name)).toEqual(["NamespaceTerminating"]);
  await lab.paste(first.fix);
  await eventually(
    async () =>
      (await find(lab.admin, { kind: "Namespace", namespace: "", name: namespace }))?.metadata
        .deletionTimestamp === undefined,
    { description: "the Namespace is made again", deadlineMs: 60_000 },
  );
  await mendedBy(lab, name, `projectgitops reconcile ${name} -n ${lab.namespace}`);
}, 120_000);

test("NamespaceTerminating: absent when a project is deleted and its Namespaces take their time", async () => {
  const name = await lab.project(ONE);
  await remove(lab, name);
  const home = { kind: "Namespace", namespace: "", name: homeOf(name) } as const;
  await eventually(async () => (await find(lab.admin, home))?.metadata.deletionTimestamp, {
    description: "the Namespace is going",
    deadlineMs: 20_000,
    everyMs: 20,
  });
  expect(await lab.ids(name)).toEqual([]);
  await untilGone(lab, name);
}, 60_000);

test("DeletionProtected: found when a protected environment's project is deleted, and goes with the confirmation", async () => {
  const name = await lab.project(TWO);
  await remove(lab, name);
  await untilReason(lab, name, "DeletionProtected");
  const first = await lab.first(name, "DeletionProtected");
  expect(first.what).toContain(homeOf(name, "production"));
  expect(first.what).not.toContain(homeOf(name, "development"));
  expect(await lab.ids(name)).toEqual(["DeletionProtected"]);
  await lab.paste(first.fix);
  await untilGone(lab, name);
}, 90_000);

test("DeletionProtected: found when a protected environment leaves the spec", async () => {
  const name = await lab.project(TWO);
  await patchProject(lab, name, { spec: ONE });
  await untilReason(lab, name, "DeletionProtected");
  const first = await lab.first(name, "DeletionProtected");
  expect(first.what).toContain(`${homeOf(name, "production")} left the spec`);
  await lab.paste(first.fix);
  await untilReady(lab, name);
  await eventually(async () => (await lab.ids(name)).length === 0, {
    description: "nothing is found",
    deadlineMs: 30_000,
  });
}, 90_000);

test("DeletionProtected: absent when a protected environment is where it should be", async () => {
  const name = await lab.project(TWO);
  expect(await lab.ids(name)).toEqual([]);
});

test("OrphanFound: found when a project is made again without an environment that it had, and goes with it", async () => {
  const name = await lab.project({ environments: [{ name: "development" }, { name: "staging" }] });
  await operator.stop();
  await forceRemove(lab, name);
  await lab.admin.create(PROJECTS, projectObject(lab.namespace, name, ONE));
  operator = await lab.restart();
  await untilReady(lab, name);
  const first = await lab.first(name, "OrphanFound");
  expect(first).toMatchObject({ severity: "warning", object: `Namespace ${homeOf(name, "staging")}` });
  expect(await lab.ids(name)).toEqual(["OrphanFound"]);
  await lab.paste(first.fix);
  await eventually(async () => (await lab.ids(name)).length === 0, {
    description: "nothing is found",
    deadlineMs: 30_000,
  });
}, 120_000);

test("OrphanFound: found when an object is left in a Namespace that was taken over, and goes with it", async () => {
  const name = await lab.project(ONE);
  await operator.stop();
  await forceRemove(lab, name);
  // A public repository needs no copy of a credential.
  const git = { url: "https://git.example.com/acme/shop.git" };
  await lab.admin.create(PROJECTS, projectObject(lab.namespace, name, { ...ONE, git }));
  operator = await lab.restart();
  await untilReady(lab, name);
  const first = await eventually(() => lab.first(name, "OrphanFound"), {
    description: "it is found",
    deadlineMs: 20_000,
  });
  expect(first.object).toBe(`Secret ${homeOf(name)}/${name}-git-auth`);
  await lab.paste(first.fix);
  await eventually(async () => (await lab.ids(name)).length === 0, {
    description: "nothing is found",
    deadlineMs: 30_000,
  });
}, 90_000);

test("OrphanFound: absent when an environment was left on purpose", async () => {
  const environments = [{ name: "development" }, { name: "staging", deletionPolicy: "Orphan" as const }];
  const name = await lab.project({ environments });
  await patchProject(lab, name, { spec: ONE });
  await untilReady(lab, name);
  await eventually(
    async () => {
      const left = await lab.admin.get(NAMESPACES, { name: homeOf(name, "staging") });
      return left.metadata?.annotations?.["projectgitops.dev/owner"] === undefined;
    },
    { description: "the Namespace is nobody's", deadlineMs: 30_000 },
  );
  expect(await lab.ids(name)).toEqual([]);
}, 60_000);

test("FluxControllerNotResponding: found when nobody takes Flux's finalizer off for a minute, and goes by force", async () => {
  const first = await eventually(() => lab.first(silent, "FluxControllerNotResponding"), {
    description: "it is found",
    deadlineMs: 90_000,
    everyMs: 2000,
  });
  expect(first.what).toStartWith(`Kustomization ${homeOf(silent)}/${silent}-development waits for Flux`);
  expect(await lab.ids(silent)).toEqual(["FluxControllerNotResponding"]);
  await lab.paste(first.fix);
  await untilGone(lab, silent);
}, 150_000);
