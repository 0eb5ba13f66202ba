import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  canBePlanned,
  desiredObjects,
  homeNamespace,
  KINDS,
  MANAGED_KINDS,
  objectKey,
  plannedIds,
} from "../../../src/plan/index.ts";
import { anyDefaults, anyProject } from "./arbitrary.ts";
import { inputsFor, projectFrom } from "./support.ts";

test("every object that is rendered is one that removal looks for, and the other way round", () => {
  fc.assert(
    fc.property(anyProject(), anyDefaults, (project, environmentDefaults) => {
      const inputs = inputsFor(project, { environmentDefaults });
      const rendered = desiredObjects(project, inputs).map(objectKey);
      expect(new Set(rendered)).toEqual(
        new Set(plannedIds(project.spec, environmentDefaults).map(objectKey)),
      );
      for (const id of plannedIds(project.spec, environmentDefaults))
        expect(canBePlanned("shop", id)).toBe(true);
      expect(new Set(rendered).size).toBe(rendered.length);
    }),
    { numRuns: 300 },
  );
});

test("what cannot be read of a Secret is left out, and removal still looks for it", () => {
  fc.assert(
    fc.property(anyProject(), (project) => {
      const { gitSecret: _secret, ...inputs } = inputsFor(project, { pullSecrets: {} });
      const rendered = desiredObjects(project, inputs);
      const planned = new Set(plannedIds(project.spec).map(objectKey));
      expect(rendered.filter((object) => !planned.has(objectKey(object)))).toEqual([]);
      expect(rendered.filter(({ kind }) => kind === "Secret")).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

test("every object stands in its environment's namespace and names its owner", () => {
  fc.assert(
    fc.property(anyProject(), (project) => {
      const objects = desiredObjects(project, inputsFor(project));
      const homes = new Map(
        objects
          .filter(({ kind }) => kind === "Namespace")
          .map(({ environment, name }) => [environment, name]),
      );
      for (const object of objects) {
        expect(homeNamespace(object)).toBe(homes.get(object.environment) ?? "");
        expect(object.manifest.metadata.annotations).toMatchObject({
          "projectgitops.dev/owner": "platform/shop",
          "projectgitops.dev/owner-uid": project.metadata.uid ?? "",
        });
        expect(object.manifest.metadata.annotations).not.toHaveProperty("projectgitops.dev/created-by");
      }
    }),
    { numRuns: 100 },
  );
});

test("the same spec gives the same hashes, another one another", () => {
  fc.assert(
    fc.property(anyProject(), (project) => {
      const once = desiredObjects(project, inputsFor(project));
      const again = desiredObjects(structuredClone(project), inputsFor(project));
      expect(again).toEqual(once);
      const other = desiredObjects(project, inputsFor(project, { gitUrl: "https://git.example.com/other" }));
      const differ = other.filter((object, i) => object.hash !== once[i]?.hash);
      // The Namespace too, where a credential goes to another host now.
      const kinds = new Set(differ.map(({ kind }) => kind));
      kinds.delete("Namespace");
      expect(kinds).toEqual(new Set(["GitRepository"]));
    }),
    { numRuns: 100 },
  );
});

const GUARDS: ReadonlySet<string> = new Set(["ResourceQuota", "LimitRange", "NetworkPolicy"]);
const OUTLIVING: ReadonlySet<string> = new Set(["ServiceAccount", "RoleBinding", ...GUARDS]);

test("what holds an environment in its limits stands before anything runs there, and until nothing does", () => {
  const others = KINDS.filter(
    (kind) => !GUARDS.has(kind) && MANAGED_KINDS[kind].phase === "CREATING_RESOURCES",
  );
  for (const guard of KINDS.filter((kind) => GUARDS.has(kind)))
    for (const other of others) {
      expect(MANAGED_KINDS[guard].wave).toBeLessThan(MANAGED_KINDS[other].wave);
      expect(MANAGED_KINDS[guard].removal).toBeGreaterThan(MANAGED_KINDS[other].removal);
      expect(MANAGED_KINDS[guard].removal).toBeLessThan(MANAGED_KINDS.Namespace.removal);
    }
});

test("removal goes backwards: what is made in a later stage or wave goes before what it needs", () => {
  for (const a of KINDS)
    for (const b of KINDS) {
      const [first, second] = [MANAGED_KINDS[a], MANAGED_KINDS[b]];
      const later =
        first.phase === second.phase ? first.wave > second.wave : first.phase === "CREATING_RESOURCES";
      // A deployer outlives the Secrets: it only has to outlive what it deployed. What holds it in its limits outlives it.
      if (later && !OUTLIVING.has(a)) expect(first.removal).toBeLessThan(second.removal);
    }
  expect(MANAGED_KINDS.Kustomization.removal).toBeLessThan(MANAGED_KINDS.RoleBinding.removal);
  expect(MANAGED_KINDS.Kustomization.removal).toBeLessThan(MANAGED_KINDS.ServiceAccount.removal);
});

test("the longest names that admission lets through are names that the API server takes", () => {
  const project = projectFrom({
    apiVersion: "projectgitops.dev/v1alpha1",
    kind: "ProjectGitOps",
    metadata: { name: "shop", namespace: "platform" },
    spec: {
      projectId: "p".repeat(40),
      git: { url: "https://git.example.com/acme/shop.git" },
      environments: [{ name: "e".repeat(14) }],
    },
  });
  for (const { name, manifest } of desiredObjects(project, inputsFor(project))) {
    expect(name.length).toBeLessThanOrEqual(63);
    for (const value of Object.values(manifest.metadata.labels)) expect(value.length).toBeLessThanOrEqual(63);
  }
});
