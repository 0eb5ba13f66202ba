import { afterAll, beforeAll, expect, test } from "bun:test";
import { CUSTOM_RESOURCE_DEFINITIONS, isNotFound } from "../../src/kube/index.ts";
import { fluxCrds } from "../cluster/crds.ts";
import { applyCrds, eventually, type OwnCluster, startCluster } from "../cluster/index.ts";
import { withKubeconfig } from "./cli-support.ts";
import {
  condition,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

// A cluster of its own, on which nobody has installed Flux. One story, told in order.

let cluster: OwnCluster;
let scope: Scope;
let pid: number;

beforeAll(async () => {
  cluster = await startCluster();
  scope = await openScope({ cluster });
  await scope.operator.stop();
  await withoutFlux();
  pid = (await scope.restart()).pid;
  await giveCredential(scope);
}, 90_000);
afterAll(async () => {
  await scope?.stop();
  await cluster?.stop();
});

test("without Flux's kinds the operator runs and is ready, and the project says what is missing and what to type", async () => {
  const { admin, namespace } = scope;
  await admin.create(PROJECTS, projectObject(namespace, "shop", { setup: { timeout: "10s" } } as never));
  const said = await untilProject(
    scope,
    "shop",
    (project) => condition(project, "Ready")?.reason === "RequestFailed",
    "says that a kind is missing",
  );
  expect(condition(said, "Ready")).toMatchObject({
    status: "False",
    message: expect.stringMatching(
      /install the CRD of GitRepository \(source\.toolkit\.fluxcd\.io\/v1\), for Flux's kinds: flux install/,
    ),
  });
  expect((await fetch(`${scope.operator.address}/readyz`)).status).toBe(200);
  expect((await fetch(`${scope.operator.address}/healthz`)).status).toBe(200);
});

test("check says so too, with the command that installs Flux", async () => {
  const { code, stdout } = await withKubeconfig(cluster.kubeconfigPath)("check -o json");
  expect(code).toBe(1);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; object: string; fix?: string }[] };
  // That its kinds are missing too is a symptom.
  const missing = findings.filter(({ id }) => id.startsWith("Flux"));
  expect(missing.map(({ id, object }) => `${id} ${object}`)).toEqual([
    "FluxNotInstalled Deployment source-controller",
    "FluxNotInstalled Deployment kustomize-controller",
  ]);
  for (const { fix } of missing) expect(fix).toMatch(/^kubectl apply .*fluxcd/);
});

test("nothing is given up after setup.timeout: what was made stays, and so does the process", async () => {
  const started = Date.parse(
    (await untilPhase(scope, "shop", "CREATING_RESOURCES")).status?.setup?.startedAt ?? "",
  );
  await untilProject(
    scope,
    "shop",
    () => looksSince(started + 10_500) > 0,
    "was looked at after its setup.timeout",
  );
  const { status } = await untilPhase(scope, "shop", "CREATING_RESOURCES");
  expect(status?.setup?.outcome).toBeUndefined();
  expect(await scope.admin.namespaceExists("project-shop-development")).toBe(true);
  expect({ running: scope.operator.running(), pid: scope.operator.pid }).toEqual({ running: true, pid });
}, 60_000);

test("it goes on by itself when Flux comes", async () => {
  await applyCrds(cluster, await fluxCrds());
  const { status } = await untilPhase(scope, "shop", "COMPLETED");
  expect(status?.setup?.attempt).toBe(1);
  expect(scope.operator.pid).toBe(pid);
}, 60_000);

/** Passes over the project that ended after this time, by the operator's log. */
const looksSince = (ms: number): number =>
  scope.operator
    .lines()
    .filter(({ project, time }) => String(project).endsWith("/shop") && Date.parse(String(time)) > ms).length;

/** One after the other: the API server takes its time for each. */
async function withoutFlux(): Promise<void> {
  for (const name of [
    "gitrepositories.source.toolkit.fluxcd.io",
    "kustomizations.kustomize.toolkit.fluxcd.io",
  ]) {
    await scope.admin.delete(CUSTOM_RESOURCE_DEFINITIONS, { name });
    await eventually(() => isGone(scope.admin.getMetadata(CUSTOM_RESOURCE_DEFINITIONS, { name })), {
      description: `${name} is gone`,
    });
  }
}

const isGone = (reading: Promise<unknown>): Promise<boolean> =>
  reading.then(
    () => false,
    (error: unknown) => {
      if (isNotFound(error)) return true;
      throw error;
    },
  );
