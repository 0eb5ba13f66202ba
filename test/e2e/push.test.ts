import { afterAll, beforeAll, expect, test } from "bun:test";
import { CONFIG_MAPS } from "../../src/kube/index.ts";
import { auditEvents, eventually } from "../cluster/index.ts";
import { appFiles } from "./support/app.ts";
import {
  type App,
  applyProject,
  deleteProject,
  type E2e,
  getProject,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  untilDeployed,
  untilReady,
  workload,
} from "./support/project.ts";
import { stopwatch } from "./support/times.ts";

const ENVIRONMENTS = ["development", "staging", "production"];
let e2e: E2e;
let app: App;
beforeAll(async () => {
  e2e = await openE2e();
  app = await giveRepository(e2e, ENVIRONMENTS);
  await app.repository.tag("v1.0.0");
  await giveDeployKey(e2e, app);
  const done = stopwatch("apply of three environments to Ready");
  await applyProject(e2e, app, {
    git: overSsh(e2e, app),
    environments: [
      { name: "development", interval: "10s" },
      { name: "staging" },
      { name: "production", ref: { tag: "v1.0.0" } },
    ],
  });
  await untilReady(e2e, app);
  done();
});
afterAll(() => e2e.stop());

test("a push is applied in each environment's namespace, and the status names its commit", async () => {
  for (const environment of ENVIRONMENTS) {
    expect(await workload(e2e, app, environment)).toEqual({ greeting: "one", environment });
  }
  await untilRevisions(revisionsAt(app.commit));
});

test("the workload is applied by the environment's deployer ServiceAccount and by nobody else", () => {
  for (const environment of ENVIRONMENTS) {
    const namespace = `project-${app.id}-${environment}`;
    expect(writersOf(namespace)).toEqual([`system:serviceaccount:${namespace}:${app.id}-deployer`]);
  }
});

test("a second push moves what follows main, and production stays on its tag", async () => {
  const commit = await app.repository.push(appFiles("two", ENVIRONMENTS), { message: "second" });
  const done = stopwatch("push to applied, with an interval of 10 s");
  await untilDeployed(e2e, app, "development", "two");
  await untilDeployed(e2e, app, "staging", "two");
  done();
  await untilRevisions(revisionsAt(commit));
  expect(await workload(e2e, app, "production")).toMatchObject({ greeting: "one" });
  await untilReady(e2e, app);
});

test("a workload that was deleted by hand comes back", async () => {
  const ref = { namespace: `project-${app.id}-development`, name: "app" };
  await e2e.admin.delete(CONFIG_MAPS, ref);
  await untilDeployed(e2e, app, "development", "two");
});

test("deletion prunes the workloads and leaves nothing behind", async () => {
  const done = stopwatch("delete of three environments to gone");
  await deleteProject(e2e, app, ENVIRONMENTS);
  done();
  for (const environment of ENVIRONMENTS) {
    const namespace = `project-${app.id}-${environment}`;
    const pruned = auditEvents(e2e.cluster, ({ verb, objectRef: ref, impersonatedUser }) =>
      Boolean(verb === "delete" && ref?.namespace === namespace && ref.name === "app" && impersonatedUser),
    );
    expect(pruned).toHaveLength(1);
  }
});

/** Flux writes its conditions first and the revision in a second patch: Ready may be ahead of it for a moment. */
async function untilRevisions(expected: Record<string, string | undefined>): Promise<void> {
  const check = async () => {
    const seen = await revisions();
    if (Bun.deepEquals(seen, expected)) return true;
    throw new Error(`the status has ${Bun.inspect(seen)}`);
  };
  await eventually(check, { description: `the status names ${Bun.inspect(expected)}`, deadlineMs: 15_000 });
}

/** Environment to the revision that was applied, where it is also the one that was fetched. */
async function revisions(): Promise<Record<string, string | undefined>> {
  const { status } = await getProject(e2e, app.id);
  return Object.fromEntries(
    (status?.environments ?? []).map(({ name, source, delivery }) => [
      name,
      source?.revision === delivery?.revision
        ? delivery?.revision
        : `${source?.revision} fetched, ${delivery?.revision} applied`,
    ]),
  );
}

function revisionsAt(commit: string): Record<string, string | undefined> {
  return {
    development: `main@sha1:${commit}`,
    staging: `main@sha1:${commit}`,
    production: `v1.0.0@sha1:${app.commit}`,
  };
}

/** Who wrote the workload in this namespace, under the names that the API server checked the rights of. */
function writersOf(namespace: string): string[] {
  const writes = auditEvents(
    e2e.cluster,
    ({ objectRef: ref }) =>
      ref?.resource === "configmaps" && ref.namespace === namespace && ref.name === "app",
  );
  return [...new Set(writes.map(({ user, impersonatedUser }) => (impersonatedUser ?? user).username))];
}
