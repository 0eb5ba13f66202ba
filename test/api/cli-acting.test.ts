import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, kubectl } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
const name = uniqueProject();
const asAdmin = (commandLine: string) =>
  withKubeconfig(scope.cluster.kubeconfigPath)(commandLine.replaceAll("PLATFORM", scope.namespace));

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  await untilPhase(scope, name, "COMPLETED");
}, 60_000);
afterAll(() => scope.stop());

test("suspend leaves the project alone until resume, and each says where it is so already", async () => {
  const key = () => `${scope.namespace}/${name}`;
  expect(await asAdmin(`suspend ${name} -n PLATFORM`)).toEqual({
    code: 0,
    stdout: `${key()} is suspended\n`,
    stderr: "",
  });
  expect((await getProject(scope, name)).spec.suspend).toBe(true);
  expect((await asAdmin(`suspend ${name} -n PLATFORM`)).stdout).toBe(`${key()} is suspended already\n`);

  const refused = await asAdmin(`reconcile ${name} -n PLATFORM`);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toEndWith(
    ` is suspended\n  next: projectgitops resume ${name} -n ${scope.namespace}\n`,
  );
  expect(await asAdmin(`wait ${name} -n PLATFORM`)).toMatchObject({ code: 1, stdout: "" });

  expect((await asAdmin(`resume ${name} -n PLATFORM`)).stdout).toBe(`${key()} is resumed\n`);
  expect((await getProject(scope, name)).spec.suspend).toBe(false);
  expect((await asAdmin(`resume ${name} -n PLATFORM`)).stdout).toBe(`${key()} is not suspended\n`);
});

test("reconcile asks the operator for a pass, which it answers", async () => {
  const before = (await getProject(scope, name)).status?.lastHandledReconcileAt;
  expect(await asAdmin(`reconcile ${name} -n PLATFORM`)).toEqual({
    code: 0,
    stdout: `${scope.namespace}/${name}: asked for a look now\n`,
    stderr: "",
  });
  const handled = async () => (await getProject(scope, name)).status?.lastHandledReconcileAt;
  await eventually(async () => (await handled()) !== before, { description: "the operator has answered" });
});

test("reconcile --with-source asks Flux too; without Flux --wait says so after its timeout", async () => {
  const { code, stdout, stderr } = await asAdmin(
    `reconcile ${name} -n PLATFORM --with-source --wait --timeout 1s`,
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("error: waited 1s for Flux to look at GitRepository ");
  expect(stderr).toEndWith("  next: is Flux running? projectgitops check\n");
});

describe("wait", () => {
  test("says what it waits for, and after its timeout where the project stands", async () => {
    const { code, stdout, stderr } = await asAdmin(`wait ${name} -n PLATFORM --timeout 500ms`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^waiting for \S+ to be Ready: development: /);
    expect(stderr).toMatch(/\n {2}last seen: development: .*\n {2}next: projectgitops diagnose /);
  });

  test("ends with Ready", async () => {
    const ready = uniqueProject();
    await scope.operator.stop();
    const project = await scope.admin.create(PROJECTS, projectObject(scope.namespace, ready));
    const waiting = asAdmin(`wait ${ready} -n PLATFORM`);
    const condition = {
      type: "Ready",
      status: "True",
      reason: "Completed",
      message: "",
      lastTransitionTime: new Date().toISOString(),
    };
    const status = { observedGeneration: project.metadata.generation, conditions: [condition] };
    const ref = { namespace: scope.namespace, name: ready };
    await scope.admin.patch(PROJECTS, ref, { status }, { type: "merge", subresource: "status" });
    expect(await waiting).toMatchObject({ code: 0, stdout: `${scope.namespace}/${ready} is Ready: \n` });
  });

  test("refuses a timeout that is none", async () => {
    expect(await asAdmin(`wait ${name} -n PLATFORM --timeout soon`)).toMatchObject({ code: 2 });
  });
});

describe.each(["suspend", "resume", "reconcile", "wait"])("%s", (verb) => {
  test("of an unknown project is a no with the nearest name", async () => {
    const { code, stderr } = await asAdmin(`${verb} ${name}x -n PLATFORM`);
    expect(code).toBe(1);
    expect(stderr).toContain(`\n  did you mean ${scope.namespace}/${name}?\n`);
  });

  test("without rights tells the server's words, exit 2", async () => {
    const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
    const { code, stderr } = await asNobody(`${verb} ${name} -n ${scope.namespace}`);
    expect({ code, words: stderr.includes("the API server says: 403 Forbidden: ") }).toEqual({
      code: 2,
      words: true,
    });
  });

  test("without a cluster could not ask, exit 2", async () => {
    const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
    expect(await offline(`${verb} ${name}`)).toMatchObject({ code: 2, stdout: "" });
  });
});

test("who may read but not change is told the right that is missing, and the command that grants it", async () => {
  const role = ["create", "rolebinding", "viewer", "--clusterrole=projectgitops-view"];
  await kubectl(scope.cluster, [
    ...role,
    `--serviceaccount=${scope.namespace}:default`,
    "-n",
    scope.namespace,
  ]);
  const asViewer = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
  const { code, stderr } = await asViewer(`suspend ${name} -n ${scope.namespace}`);
  expect(code).toBe(2);
  const right = `patch projectgitops.projectgitops.dev in namespace ${scope.namespace}`;
  expect(stderr).toContain(`\n  the right that is missing: ${right}; `);
  const grant = /\n {2}next: kubectl (create rolebinding .*)\n$/.exec(stderr)?.[1] ?? "";
  expect(grant).toContain(" --clusterrole=projectgitops-edit ");
  expect(await kubectl(scope.cluster, grant.split(" "))).toMatchObject({ code: 0 });
  expect(await asViewer(`suspend ${name} -n ${scope.namespace}`)).toMatchObject({ code: 0 });
});
