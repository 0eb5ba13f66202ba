import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS } from "../../src/reconcile/index.ts";
import {
  find,
  giveCredential,
  idsOf,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());

test("an applied project comes to COMPLETED with every object of every environment", async () => {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  const project = await untilPhase(scope, id, "COMPLETED");
  const objects = await Promise.all(idsOf(project).map((object) => find(scope.admin, object)));
  expect(objects.filter((object) => object === undefined)).toEqual([]);
  expect(objects).toHaveLength(18);
});
