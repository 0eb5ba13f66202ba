import { afterAll, beforeAll, expect, test } from "bun:test";
import { type AuditEvent, auditEvents, operatorRequests } from "../cluster/index.ts";
import {
  type App,
  applyProject,
  deleteProject,
  type E2e,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  PROJECTS,
  suspendDelivery,
  untilNamespaceIsGone,
  untilReady,
  workload,
} from "./support/project.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

test("what a project made goes in the order in which nothing is orphaned", async () => {
  const app = await readyApp();
  await deleteProject(e2e, app, ["development"]);
  expect(deletionOrder(app)).toEqual([
    "kustomizations",
    "gitrepositories",
    "secrets",
    "rolebindings",
    "serviceaccounts",
    "namespaces",
  ]);
  const [pruned] = prunes(app);
  const [deployer] = operatorRequests(e2e.cluster, isDelete(app, "rolebindings"));
  expect(pruned && deployer && pruned.stageTimestamp < deployer.requestReceivedTimestamp).toBeTrue();
});

test("a Kustomization that somebody suspended is pruned all the same", async () => {
  const app = await readyApp();
  await suspendDelivery(e2e, app, "development");
  await deleteProject(e2e, app, ["development"]);
  expect(prunes(app)).toHaveLength(1);
});

test("an environment that leaves the spec is pruned and removed, and the others stay", async () => {
  const app = await readyApp(["development", "preview"]);
  const ref = { namespace: e2e.namespace, name: app.id };
  const spec = { environments: [{ name: "development" }] };
  await e2e.admin.patch(PROJECTS, ref, { spec }, { type: "merge" });
  await untilNamespaceIsGone(e2e, app, "preview");
  expect(prunes(app, "preview")).toHaveLength(1);
  expect(await workload(e2e, app, "development")).toMatchObject({ greeting: "one" });
  await untilReady(e2e, app);
});

async function readyApp(environments = ["development"]): Promise<App> {
  const app = await giveRepository(e2e, environments);
  await giveDeployKey(e2e, app);
  const git = overSsh(e2e, app);
  await applyProject(e2e, app, { git, environments: environments.map((name) => ({ name })) });
  await untilReady(e2e, app);
  return app;
}

const namespaceOf = ({ id }: App, environment = "development"): string => `project-${id}-${environment}`;

/** The deployer's deletes of the workload: Flux prunes with its rights. */
const prunes = (app: App, environment?: string): AuditEvent[] =>
  auditEvents(
    e2e.cluster,
    ({ verb, objectRef: ref, impersonatedUser }) =>
      verb === "delete" &&
      ref?.resource === "configmaps" &&
      ref.namespace === namespaceOf(app, environment) &&
      impersonatedUser?.username.endsWith(`:${app.id}-deployer`) === true,
  );

const isDelete =
  (app: App, resource?: string) =>
  ({ verb, objectRef: ref }: AuditEvent): boolean =>
    verb === "delete" &&
    (resource === undefined || ref?.resource === resource) &&
    (ref?.namespace === namespaceOf(app) || ref?.name === namespaceOf(app));

/** Kinds in the order in which the operator deleted the first of each. */
const deletionOrder = (app: App): (string | undefined)[] => [
  ...new Set(operatorRequests(e2e.cluster, isDelete(app)).map(({ objectRef }) => objectRef?.resource)),
];
