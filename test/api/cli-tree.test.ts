import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { TreeProject } from "../../src/cli/tree/model.ts";
import { CONFIG_MAPS, DEPLOYMENTS } from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import { deadKubeconfig, nobodysKubeconfig, withKubeconfig } from "./cli-support.ts";
import {
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
const name = uniqueProject();
const development = `project-${name}-development`;
const asAdmin = (commandLine: string) => withKubeconfig(scope.cluster.kubeconfigPath)(commandLine);

beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  await untilPhase(scope, name, "COMPLETED");
}, 60_000);
afterAll(() => scope.stop());

const readTree = async (): Promise<TreeProject> =>
  JSON.parse((await asAdmin(`tree ${name} -n ${scope.namespace} -o json`)).stdout) as TreeProject;

test("a project is drawn with its environments and their objects, which Flux has not looked at", async () => {
  const { code, stdout, stderr } = await asAdmin(`tree ${name} -n ${scope.namespace}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines[0]).toMatch(new RegExp(`^ProjectGitOps ${scope.namespace}/${name} +… Waiting +COMPLETED `));
  expect(lines.slice(1, 7).map((line) => line.replaceAll(/ {2,}/g, "  "))).toEqual([
    `├─ development  ${development}  … Waiting`,
    `│  ├─ Secret  ${name}-git-auth  ssh-auth`,
    `│  ├─ ServiceAccount  ${name}-deployer`,
    `│  ├─ RoleBinding  ${name}-deployer  ClusterRole admin`,
    `│  ├─ GitRepository  ${name}-repo  … Waiting  Flux has not looked at it yet`,
    `│  └─ Kustomization  ${name}-development  … Waiting  Flux has not looked at it yet`,
  ]);
  expect(lines.filter((line) => /^[├└]/.test(line))).toHaveLength(3);
});

test("-A draws every project, -o json has them in a list, -o yaml of one is the project", async () => {
  expect((await asAdmin("tree -A")).stdout).toContain(`ProjectGitOps ${scope.namespace}/${name} `);
  const { projects } = JSON.parse((await asAdmin("tree -A -o json")).stdout) as { projects: TreeProject[] };
  expect(projects.map((project) => project.project)).toContain(name);
  expect((await asAdmin(`tree ${name} -n ${scope.namespace} -o yaml`)).stdout).toStartWith("namespace: ");
});

describe("with a Kustomization that has deployed, as Flux would write it", () => {
  const delivery = { namespace: development, name: `${name}-development` };
  beforeAll(async () => {
    await scope.admin.create(CONFIG_MAPS, { metadata: { namespace: development, name: "app" } });
    await scope.admin.create(DEPLOYMENTS, {
      metadata: { namespace: development, name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "web", image: "example.com/web:1" }] },
        },
      },
    });
    const entries = ["_app__ConfigMap", "_web_apps_Deployment", "_gone__ConfigMap"].map((id) => ({
      id: `${development}${id}`,
      v: "v1",
    }));
    const revision = `main@sha1:1f3c9ab5${"0".repeat(32)}`;
    const { metadata } = await scope.admin.get(resourceOf("Kustomization"), delivery);
    const ready = {
      type: "Ready",
      status: "True",
      reason: "ReconciliationSucceeded",
      message: `Applied revision: ${revision}`,
      lastTransitionTime: new Date().toISOString(),
      observedGeneration: metadata?.generation,
    };
    const status = { inventory: { entries }, lastAppliedRevision: revision, conditions: [ready] };
    await scope.admin.patch(
      resourceOf("Kustomization"),
      delivery,
      { status },
      {
        type: "merge",
        subresource: "status",
      },
    );
  });

  test("its inventory hangs below it: what is there, how it is, and what has gone", async () => {
    const { stdout } = await asAdmin(`tree ${name} -n ${scope.namespace}`);
    const lines = stdout.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  "));
    const at = lines.findIndex((line) => line.includes("Kustomization"));
    expect(lines.slice(at, at + 4)).toEqual([
      `│  └─ Kustomization  ${name}-development  ✓ Ready  main@1f3c9ab`,
      "│  ├─ ConfigMap  app",
      "│  ├─ Deployment  web  … Waiting  0 of 2 available",
      "│  └─ ConfigMap  gone  ✗ Missing",
    ]);
  });

  test("--watch draws it again when something has changed, and ends with Ctrl-C", async () => {
    const interruption = new AbortController();
    let printed = "";
    const watching = withKubeconfig(scope.cluster.kubeconfigPath)(
      `tree ${name} -n ${scope.namespace} --watch`,
      {
        interrupted: () => interruption.signal,
        out: (text) => {
          printed += text;
        },
      },
    );
    await eventually(() => printed.includes("gone"), { description: "the first drawing" });
    await scope.admin.create(CONFIG_MAPS, { metadata: { namespace: development, name: "gone" } });
    await eventually(
      () => printed.match(/ProjectGitOps/g)?.length === 2 && !printed.split("\n\n")[1]?.includes("Missing"),
      {
        description: "the second drawing, where nothing is missing",
      },
    );
    interruption.abort();
    expect(await watching).toMatchObject({ code: 0, stderr: "" });
  });
});

test("what was deleted, is going, or belongs to someone else is said so", async () => {
  await scope.operator.stop();
  const [staging, production] = [`project-${name}-staging`, `project-${name}-production`];
  await scope.admin.delete(SECRETS, { namespace: staging, name: `${name}-git-auth` });
  await scope.admin.patch(
    resourceOf("ServiceAccount"),
    { namespace: production, name: `${name}-deployer` },
    { metadata: { annotations: { "projectgitops.dev/owner-uid": null, "projectgitops.dev/owner": null } } },
    { type: "merge" },
  );
  const { environments } = await readTree();
  const find = (environment: string, kind: string) =>
    environments.find((one) => one.name === environment)?.objects.find((one) => one.kind === kind);
  expect(find("staging", "Secret")).toMatchObject({ presence: "missing" });
  expect(find("production", "ServiceAccount")).toMatchObject({ presence: "present", heldBy: "nobody" });
  await scope.admin.deleteNamespace(production);
  expect((await asAdmin(`tree ${name} -n ${scope.namespace}`)).stdout).toMatch(
    new RegExp(`└─ production {2}${production} +… Terminating`),
  );
});

describe("who may not look", () => {
  test("gets no tree without the right to read the project: the server's words, exit 2", async () => {
    const asNobody = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
    const { code, stderr } = await asNobody(`tree ${name} -n ${scope.namespace}`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: cannot read ProjectGitOps .*\n {2}the API server says: 403 Forbidden: /);
  });

  test("gets with the viewer's role what the status knows, and is told what is not known", async () => {
    const role = ["create", "rolebinding", "viewer", "--clusterrole=projectgitops-view"];
    const subject = `--serviceaccount=${scope.namespace}:default`;
    await kubectl(scope.cluster, [...role, subject, "-n", scope.namespace]);
    const asViewer = withKubeconfig(await nobodysKubeconfig(scope.cluster, scope.namespace));
    const { code, stdout } = await asViewer(`tree ${name} -n ${scope.namespace}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Secret +\S+ +\? Unknown +you may not look at it\n/);
    expect(stdout).toMatch(/Kustomization +\S+ +… Waiting +Flux has not looked at it yet\n/);
  });
});

test("an unknown project is a no (exit 1) with the nearest name, no cluster could not be asked (exit 2)", async () => {
  const { code, stderr } = await asAdmin(`tree ${name}x -n default`);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `error: there is no ProjectGitOps default/${name}x\n  did you mean ${scope.namespace}/${name}?\n  next: projectgitops get -A\n`,
  });
  const offline = withKubeconfig(await deadKubeconfig(scope.cluster, scope.namespace));
  expect(await offline(`tree ${name}`)).toMatchObject({ code: 2, stdout: "" });
  expect((await asAdmin("tree -n default")).stderr).toBe("no ProjectGitOps in namespace default\n");
});
