import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StatusReport } from "../../src/cli/status/report.ts";
import { makeSshKey } from "../../src/git/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
const name = uniqueProject();
const { privateKey, fingerprint } = makeSshKey("test");
const asAdmin = (commandLine: string) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(`${commandLine} -n ${scope.namespace}`);
const report = async (project: string): Promise<StatusReport> =>
  JSON.parse((await asAdmin(`status ${project} -o json`)).stdout) as StatusReport;

beforeAll(async () => {
  scope = await openScope();
  await scope.admin.createSecret(scope.namespace, "git", { identity: privateKey });
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  await untilPhase(scope, name, "COMPLETED");
}, 60_000);
afterAll(() => scope.stop());

test("-o json has the shape that programs rely on", async () => {
  const { project, phase, ready, credential, environments, nextLook, events } = await report(name);
  expect({ phase, ready: ready.status, reason: ready.reason }).toEqual({
    phase: "COMPLETED",
    ready: "Unknown",
    reason: "WaitingForFlux",
  });
  expect(project).toMatchObject({ name, projectId: name, generation: 1, seen: 1, ref: "main" });
  expect(credential).toMatchObject({
    secret: `${scope.namespace}/git`,
    kind: "ssh",
    fingerprint,
    problem: null,
  });
  expect(environments.map((environment) => [environment.name, environment.objects])).toEqual([
    ["development", 0],
    ["staging", 0],
    ["production", 0],
  ]);
  expect(nextLook).toEqual({ at: null, what: "the operator looks for drift and health at its next resync" });
  expect(events.length).toBeLessThanOrEqual(5);
});

test("for a person the answer comes first, with revision, age and objects of what is deployed", async () => {
  const ref = { namespace: `project-${name}-staging`, name: `${name}-staging` };
  const revision = `main@sha1:1f3c9ab5${"0".repeat(32)}`;
  const minutesAgo = new Date(Date.now() - 4 * 60_000).toISOString();
  const entries = [{ id: `${ref.namespace}_app__ConfigMap`, v: "v1" }];
  const history = [
    {
      digest: "sha256:1",
      firstReconciled: minutesAgo,
      lastReconciled: minutesAgo,
      lastReconciledDuration: "1s",
      lastReconciledStatus: "ReconciliationSucceeded",
      totalReconciliations: 1,
    },
  ];
  const status = { lastAppliedRevision: revision, inventory: { entries }, history };
  await scope.admin.patch(
    resourceOf("Kustomization"),
    ref,
    { status },
    { type: "merge", subresource: "status" },
  );
  const { code, stdout } = await asAdmin(`status ${name}`);
  expect(code).toBe(0);
  const lines = stdout.split("\n");
  expect(lines[0]).toBe(`${scope.namespace}/${name}  COMPLETED  … Waiting  generation 1, seen 1`);
  expect(lines[1]).toMatch(/^ {2}message {5}development: waiting for Flux .* \(since \d+s\)$/);
  expect(lines[3]).toMatch(/^ {2}credential {2}Secret \S+ {2}SSH key {2}SHA256:\S+ {2}made \d+s ago$/);
  expect(stdout).toMatch(
    /\n {2}staging +… Waiting +main@1f3c9ab +4m ago +1 +Flux has not looked at it yet\n/,
  );
  expect(stdout).toMatch(/\n {2}last events\n {4}SEEN +TYPE /);
});

test("the last request is told, and whether it is answered; what comes next with its time", async () => {
  expect((await report(name)).project.lastRequest).toBeNull();
  await asAdmin(`reconcile ${name}`);
  await eventually(async () => (await report(name)).project.lastRequest?.answered === true);
  expect((await asAdmin(`status ${name}`)).stdout).toMatch(/\n {2}asked {7}\d+s ago, answered\n/);
  const { nextLook } = await report(name);
  expect(nextLook.what).toBe("Flux applies staging again");
  expect(Date.parse(nextLook.at ?? "") - Date.now()).toBeLessThan(60_000);
});

test("no byte of the credential is told", async () => {
  const secret = privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
  for (const output of ["", "-o wide", "-o json", "-o yaml"]) {
    const { stdout } = await asAdmin(`status ${name} ${output}`);
    for (const line of secret) expect(stdout).not.toContain(line);
  }
});

test("a set-up that waits for its Secret says so, and when it is given up", async () => {
  const waiting = uniqueProject();
  const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "nowhere" } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, waiting, { git }));
  await untilProject(scope, waiting, ({ status }) => status?.setup?.startedAt !== undefined, "has begun");
  const { credential, nextLook } = await report(waiting);
  expect(credential).toMatchObject({ kind: null, problem: "it does not exist" });
  expect(nextLook.what).toBe("the set-up is given up and rolled back");
  expect(Date.parse(nextLook.at ?? "") - Date.now()).toBeGreaterThan(8 * 60_000);
  const text = await asAdmin(`status ${waiting}`);
  expect(text.stdout).toMatch(/\n {2}next {8}the set-up is given up and rolled back in 9m\n/);
  expect(text.stdout).toContain(`\n  why         projectgitops diagnose ${waiting} -n ${scope.namespace}\n`);
});

test("who may not read Secrets and events gets the rest", async () => {
  const role = ["create", "rolebinding", "viewer", "--clusterrole=projectgitops-view"];
  const subject = `--serviceaccount=${scope.namespace}:default`;
  await kubectl(scope.cluster, [...role, subject, "-n", scope.namespace]);
  const asViewer = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  const { code, stdout } = await asViewer(`status ${name} -n ${scope.namespace}`);
  expect(code).toBe(0);
  expect(stdout).toContain(`Secret ${scope.namespace}/git  ✗ you may not read it\n`);
  expect(stdout).not.toContain("last events");
});

test("an unknown project is a no, without a cluster it could not ask", async () => {
  expect(await asAdmin(`status ${name}x`)).toMatchObject({ code: 1, stdout: "" });
  const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, "default"));
  expect(await asNobody(`status ${name} -n ${scope.namespace}`)).toMatchObject({ code: 2, stdout: "" });
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline(`status ${name}`)).toMatchObject({ code: 2, stdout: "" });
});
