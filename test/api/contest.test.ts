import { afterAll, beforeAll, expect, test } from "bun:test";
import { EVENTS } from "../../src/kube/index.ts";
import { PROJECTS, projectRef, resourceOf } from "../../src/reconcile/index.ts";
import { eventually } from "../cluster/index.ts";
import {
  condition,
  getProject,
  giveCredential,
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

const KUSTOMIZATION = resourceOf("Kustomization");

/** Somebody's hand: changes the path, and waits until the operator has put it right or given up on it. */
async function changePath(namespace: string, name: string, path: string): Promise<void> {
  const options = { type: "merge", fieldManager: "stubborn-controller" } as const;
  await scope.admin.patch(KUSTOMIZATION, { namespace, name }, { spec: { path } }, options);
}

test("a repair is told in an event with the field and who had changed it; a fight is told and left alone", async () => {
  const id = uniqueProject();
  await scope.admin.create(
    PROJECTS,
    projectObject(scope.namespace, id, { environments: [{ name: "staging" }] }),
  );
  const project = await untilPhase(scope, id, "COMPLETED");
  const [namespace, name] = [`project-${id}-staging`, `${id}-staging`];
  const pathNow = async () =>
    ((await need(scope.admin, "Kustomization", namespace, name))["spec"] as { path: string }).path;

  for (const round of [1, 2, 3]) {
    await changePath(namespace, name, `./wrong-${round}`);
    await eventually(async () => (await pathNow()) === "./k8s/overlays/staging", {
      description: `the path is put right, round ${round}`,
    });
  }
  const told = await eventually(
    async () => {
      const { items } = await scope.admin.list(EVENTS, { namespace: scope.namespace });
      return items.find((event) => event.reason === "DriftRepaired" && event.regarding?.name === id);
    },
    { description: "an event tells of the repair" },
  );
  expect(told.note).toContain(
    `Kustomization ${namespace}/${name}: spec.path, changed by stubborn-controller`,
  );

  await changePath(namespace, name, "./wrong-4");
  const fought = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "FieldContested",
    "tells of the fight",
  );
  expect(condition(fought, "Ready")?.message).toContain("stubborn-controller");
  expect(await pathNow()).toBe("./wrong-4");

  // A change of the spec is no drift: it is carried out.
  await scope.admin.patch(
    PROJECTS,
    projectRef(project),
    {
      spec: { environments: [{ name: "staging", interval: "7m" }] },
    },
    { type: "merge" },
  );
  await eventually(
    async () =>
      ((await need(scope.admin, "Kustomization", namespace, name))["spec"] as { interval: string })
        .interval === "7m",
    { description: "another field of the object still follows the spec" },
  );
}, 60_000);

test("two projects whose names run into the same namespaces never hold half each, and the younger goes on when the older is gone", async () => {
  const id = uniqueProject();
  const wide = projectObject(scope.namespace, id, { environments: [{ name: "b-c" }, { name: "b-d" }] });
  const narrow = projectObject(scope.namespace, `${id}-b`, { environments: [{ name: "c" }, { name: "d" }] });
  await Promise.all([scope.admin.create(PROJECTS, wide), scope.admin.create(PROJECTS, narrow)]);
  const settled = await eventually(
    async () => {
      const both = await Promise.all([getProject(scope, id), getProject(scope, `${id}-b`)]);
      const phases = both.map(({ status }) => status?.phase).sort();
      return phases.join() === "COMPLETED,FAILED" ? both : undefined;
    },
    { description: "one is COMPLETED and one has FAILED" },
  );
  const winner = settled.find(({ status }) => status?.phase === "COMPLETED");
  const loser = settled.find(({ status }) => status?.phase === "FAILED");
  expect(condition(loser ?? wide, "Ready")?.message).toContain(winner?.metadata.name ?? "?");
  for (const suffix of ["b-c", "b-d"]) {
    const held = await need(scope.admin, "Namespace", "", `project-${id}-${suffix}`);
    expect(held.metadata.annotations?.["projectgitops.dev/owner-uid"]).toBe(winner?.metadata.uid as string);
  }
  await scope.admin.delete(PROJECTS, projectRef(winner ?? wide));
  await untilPhase(scope, loser?.metadata.name ?? "?", "COMPLETED");
}, 60_000);
