import { afterAll, beforeAll, expect, test } from "bun:test";
import { withKubeconfig } from "../api/cli-support.ts";
import { appFiles } from "./support/app.ts";
import {
  type App,
  applyProject,
  type E2e,
  giveDeployKey,
  giveRepository,
  openE2e,
  overSsh,
  untilReady,
  workload,
} from "./support/project.ts";

const ENVIRONMENTS = ["development", "staging"];
let e2e: E2e;
let app: App;
const typed = (commandLine: string) =>
  withKubeconfig(e2e.cluster.kubeconfigPath)(commandLine.replace("APP", `${app.id} -n ${e2e.namespace}`));

beforeAll(async () => {
  e2e = await openE2e();
  app = await giveRepository(e2e, ENVIRONMENTS);
  await giveDeployKey(e2e, app);
  // Flux looks by itself once an hour: what comes earlier was asked for.
  await applyProject(e2e, app, {
    git: overSsh(e2e, app, "1h"),
    environments: ENVIRONMENTS.map((name) => ({ name, interval: "1h" })),
  });
}, 120_000);
afterAll(() => e2e.stop());

test("wait ends with Ready and tells what is deployed", async () => {
  const { code, stdout } = await typed("wait APP --timeout 1m");
  const revision = `main@${app.commit.slice(0, 7)}`;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${e2e.namespace}/${app.id} is Ready: development ${revision}, staging ${revision}\n`,
  });
});

test("reconcile --with-source --wait ends when what was just pushed is deployed in every environment", async () => {
  await untilReady(e2e, app);
  const commit = await app.repository.push(appFiles("two", ENVIRONMENTS), { message: "second" });
  const { code, stdout } = await typed("reconcile APP --with-source --wait --timeout 1m");
  for (const environment of ENVIRONMENTS) {
    expect(await workload(e2e, app, environment)).toEqual({ greeting: "two", environment });
  }
  const revision = `main@${commit.slice(0, 7)}`;
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `${e2e.namespace}/${app.id} is Ready: development ${revision}, staging ${revision}\n`,
  });
});

test("events tells of what Flux did, beside what the operator did", async () => {
  const { code, stdout } = await typed("events APP");
  expect(code).toBe(0);
  expect(stdout).toContain(`  ProjectGitOps/${app.id} `);
  expect(stdout).toContain(`  Kustomization/${app.id}-staging `);
});
