import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import { BunK8sClient } from "../../src/kube/index.ts";
import { withKubeconfig } from "../api/cli-support.ts";
import { giveCredential, PROJECTS, projectObject } from "../api/support/scope.ts";
import {
  eventually,
  installedIdentity,
  kubectl,
  type Operator,
  type OwnCluster,
  scratchFolder,
  startCluster,
  startOperator,
} from "../cluster/index.ts";
import { CHART, helmRun } from "./support/chart.ts";

const NAMESPACE = "projectgitops-system";
const IN = ["-n", NAMESPACE];
const CRD = "crd/projectgitops.projectgitops.dev";
const PLATFORM = "platform";
const ENVIRONMENTS = ["development", "staging", "production"].map((name) => `project-shop-${name}`);
const KINDS = "gitrepositories,kustomizations,secrets,serviceaccounts,rolebindings";

let cluster: OwnCluster;
let admin: BunK8sClient;
let operator: Operator | undefined;
/** What the environments were when the project was COMPLETED. */
let made: Record<string, string>;

beforeAll(async () => {
  cluster = await startCluster();
  admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  // An empty cluster: our CRD is the chart's to bring.
  await must("delete", CRD);
}, 60_000);
afterAll(async () => {
  await operator?.stop();
  admin?.close();
  await cluster?.stop();
});

test("helm install as docs/install.md has it brings the CRD and an operator that sets a project up with just what was installed", async () => {
  const { code, stdout, stderr } = await helmRun(await documented("helm install "), cluster.kubeconfigPath);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const label = await documented("kubectl label namespace ");
  expect(stdout).toContain(`kubectl ${label.join(" ")}`);
  await must(...label);
  await must("wait", "--for=condition=Established", CRD, "--timeout=20s");
  await startInstalled();
  await admin.createNamespace(PLATFORM);
  await giveCredential({ admin, namespace: PLATFORM });
  await admin.create(PROJECTS, projectObject(PLATFORM, "shop"));
  await untilCompleted();
  made = await eventually(sameTwice(environments), { description: "the environments stay as they are" });
  expect(Object.keys(made).filter((name) => name.startsWith("Kustomization"))).toHaveLength(3);
}, 60_000);

test("a second release is refused with the name of the first, in the same namespace and in another", async () => {
  for (const namespace of [NAMESPACE, PLATFORM]) {
    const { code, stderr } = await helmRun(
      ["install", "another", CHART, "-n", namespace],
      cluster.kubeconfigPath,
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('must equal "another": current value is "projectgitops"');
  }
});

test("projectgitops install and uninstall leave it to Helm, with Helm's commands; without an operator the same would be left", async () => {
  const asAdmin = withKubeconfig(cluster.kubeconfigPath);
  const by = "by Helm, as release projectgitops in namespace projectgitops-system";
  const install = await asAdmin("install --image registry.acme.dev/projectgitops:0.2.0");
  expect(install).toMatchObject({ code: 1, stdout: "" });
  expect(install.stderr).toStartWith(`error: the operator is installed already, ${by}\n`);
  const uninstall = await asAdmin("uninstall --yes");
  expect(uninstall.code).toBe(1);
  expect(uninstall.stdout).toContain("1 project stays, with all that was made for it:\n");
  expect(uninstall.stderr).toStartWith(`error: nothing was removed: the operator is installed ${by}\n`);
  expect(uninstall.stderr).toEndWith("  next: helm uninstall projectgitops -n projectgitops-system\n");
});

test("helm upgrade brings the new version's CRD and settings, which the operator takes, and writes to nothing that was made", async () => {
  const next = await nextVersion();
  const values = ["replicas=2", ...EVERY_SETTING].flatMap((value) => ["--set", value]);
  const { code, stderr } = await helm("upgrade", "projectgitops", next, ...values);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await upgraded()).toBe("yes");
  expect((await deployment()).spec?.replicas).toBe(2);
  expect(await installedArgs()).toHaveLength(2 + EVERY_SETTING.length);
  await startInstalled();
  await untilCompleted();
  expect(await environments()).toEqual(made);
}, 60_000);

test("helm rollback puts the CRD and the settings back, and writes to nothing that was made", async () => {
  const { code, stderr } = await helm("rollback", "projectgitops", "1");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await upgraded()).toBe("");
  expect((await deployment()).spec?.replicas).toBe(1);
  expect(await installedArgs()).toEqual(["run", "--leader-elect"]);
  await startInstalled();
  await untilCompleted();
  expect(await environments()).toEqual(made);
}, 60_000);

test("helm uninstall removes the operator; the CRD, the project and all that was made for it stay", async () => {
  await operator?.stop();
  operator = undefined;
  const { code, stdout } = await helm("uninstall", "projectgitops");
  expect(code).toBe(0);
  expect(stdout).toContain("[CustomResourceDefinition] projectgitops.projectgitops.dev");
  const left = await must("get", "deployments,services,roles,rolebindings", ...IN, "-o", "name");
  expect(left).toBe("");
  const names = await must("get", "clusterroles,clusterrolebindings,serviceaccounts", "-A", "-o", "name");
  expect(names.split("\n").filter((name) => /\/projectgitops/.test(name))).toEqual([]);
  expect(await phase()).toBe("COMPLETED");
  expect(await environments()).toEqual(made);
});

test("installed again under the same name it takes the CRD over, and the project goes on", async () => {
  const { code, stderr } = await helm("install", "projectgitops", CHART);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  await startInstalled();
  await untilCompleted();
  expect(await environments()).toEqual(made);
}, 60_000);

test("what kubectl apply -k deploy/ has installed is taken over with --take-ownership, and not without", async () => {
  await operator?.stop();
  operator = undefined;
  await helm("uninstall", "projectgitops");
  await must("apply", "--server-side", "--force-conflicts", "-k", join(CHART, ".."));
  // As if Helm had never been here.
  await must("annotate", CRD, "meta.helm.sh/release-name-", "meta.helm.sh/release-namespace-");
  const refused = await helm("install", "projectgitops", CHART);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("invalid ownership metadata");
  const image = ["--set", "image.repository=registry.acme.dev/projectgitops"];
  const { code, stderr } = await helm(
    "install",
    "projectgitops",
    CHART,
    "--take-ownership",
    "--force-conflicts",
    ...image,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [container] = (await deployment()).spec?.template.spec?.containers ?? [];
  expect(container?.image).toBe("registry.acme.dev/projectgitops:0.1.0");
  expect(await phase()).toBe("COMPLETED");
  expect(await environments()).toEqual(made);
}, 60_000);

describe("namespaced, in a namespace of its own", () => {
  const TEAM = "team";
  test("it sets the projects of that namespace up, and may read no other's", async () => {
    await helm("uninstall", "projectgitops");
    const args = ["install", "projectgitops", CHART, "-n", TEAM, "--create-namespace", "--take-ownership"];
    const values = ["--set", "namespaced=true", "--set", "namespace.create=true"];
    // Helm warns of the namespace that it takes over.
    const { code, stderr } = await helmRun([...args, ...values], cluster.kubeconfigPath);
    expect({ code, said: code === 0 ? "" : stderr }).toEqual({ code: 0, said: "" });
    await giveCredential({ admin, namespace: TEAM });
    await admin.create(PROJECTS, projectObject(TEAM, "blog"));
    await startInstalled(TEAM);
    await untilCompleted("blog", TEAM);
    const operators = ["--as", `system:serviceaccount:${TEAM}:projectgitops`];
    const may = async (namespace: string) =>
      (await kubectl(cluster, ["auth", "can-i", "get", "projectgitops", "-n", namespace, ...operators]))
        .stdout;
    expect(await may(TEAM)).toBe("yes\n");
    expect(await may(PLATFORM)).toBe("no\n");
    const lease = await must("get", "lease", "-n", TEAM, "-o", "name");
    expect(lease).toBe(`lease.coordination.k8s.io/projectgitops-${TEAM}`);
  }, 60_000);

  test("the namespace that the chart made is restricted, and stays when the chart goes", async () => {
    const level = "jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}";
    expect(await must("get", "namespace", TEAM, "-o", level)).toBe("restricted");
    const { code } = await helmRun(["uninstall", "projectgitops", "-n", TEAM], cluster.kubeconfigPath);
    expect(code).toBe(0);
    expect(await must("get", "namespace", TEAM, "-o", "jsonpath={.status.phase}")).toBe("Active");
    expect(await phase("blog", TEAM)).toBe("COMPLETED");
  });
});

/** Each adds one argument to `run --leader-elect`. Without the address, which is the test's. */
const EVERY_SETTING = [
  "settings.pollInterval=1s",
  "settings.resyncInterval=1m30s",
  "settings.concurrency=8",
  "settings.gitHosts={github.com,git.acme.dev:2222}",
  "settings.hostCalls=5",
  "settings.tenancy=default",
  "settings.logLevel=debug",
];

/** The arguments of a command of docs/install.md; the checkout is this one. */
async function documented(start: string): Promise<string[]> {
  const page = await Bun.file(join(CHART, "..", "..", "docs", "install.md")).text();
  const line = page.split("\n").find((each) => each.startsWith(start)) ?? "";
  const [, ...args] = line.split(" ");
  return args.map((arg) => (arg === "deploy/chart" ? CHART : arg));
}

const helm = (...args: string[]) => helmRun([...args, ...IN], cluster.kubeconfigPath);

async function must(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(cluster, args);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

const deployment = async (namespace = NAMESPACE): Promise<Deployment> =>
  JSON.parse(await must("get", "deployment", "projectgitops", "-n", namespace, "-o", "json"));

async function installedArgs(namespace = NAMESPACE): Promise<string[]> {
  const [container] = (await deployment(namespace)).spec?.template.spec?.containers ?? [];
  return container?.args ?? [];
}

/** Does the kubelet's work: the program with the Deployment's arguments and its ServiceAccount's token. */
async function startInstalled(namespace = NAMESPACE): Promise<void> {
  await operator?.stop();
  const [run, ...args] = await installedArgs(namespace);
  expect(run).toBe("run");
  operator = await startOperator(cluster, { args, identity: await installedIdentity(cluster, namespace) });
}

const phase = (project = "shop", namespace = PLATFORM) =>
  must("get", "projectgitops", project, "-n", namespace, "-o", "jsonpath={.status.phase}");

/** By an operator that leads now, and has looked: COMPLETED may stand there from the one before. */
async function untilCompleted(...project: Parameters<typeof phase>): Promise<void> {
  await eventually(
    async () =>
      /projectgitops_project_info\{.*phase="COMPLETED".*\} 1/.test((await operator?.metrics()) ?? ""),
    { deadlineMs: 40_000, description: "the operator has passed over the project and has it as COMPLETED" },
  );
  expect(await phase(...project)).toBe("COMPLETED");
}

/** The resourceVersion of every object of the environments, and of the namespaces. */
async function environments(): Promise<Record<string, string>> {
  const columns = ["-o", "json"];
  const lists = await Promise.all([
    ...ENVIRONMENTS.map((namespace) => must("get", KINDS, "-n", namespace, ...columns)),
    must("get", "namespaces", ...ENVIRONMENTS, ...columns),
  ]);
  const items = lists.flatMap((text) => (JSON.parse(text) as { items: Listed[] }).items);
  return Object.fromEntries(
    items.map(({ kind, metadata }) => [
      `${kind} ${metadata.namespace ?? ""}/${metadata.name}`,
      metadata.resourceVersion,
    ]),
  );
}

interface Listed {
  kind: string;
  metadata: { name: string; namespace?: string; resourceVersion: string };
}

/** A look that counts when it sees what the look before saw. */
function sameTwice<T>(look: () => Promise<T>): () => Promise<T | false> {
  let before: T | undefined;
  return async () => {
    const now = await look();
    const same = before !== undefined && Bun.deepEquals(before, now);
    before = now;
    return same && now;
  };
}

const UPGRADED = "test.example.com/upgraded";
const upgraded = () =>
  must("get", CRD, "-o", `jsonpath={.metadata.annotations.${UPGRADED.replaceAll(".", "\\.")}}`);

/** The chart of a next version, whose CRD has something more. */
async function nextVersion(): Promise<string> {
  const folder = join(scratchFolder("chart"), "projectgitops");
  cpSync(CHART, folder, { recursive: true });
  const chart = await Bun.file(join(folder, "Chart.yaml")).text();
  await Bun.write(join(folder, "Chart.yaml"), chart.replaceAll(/version: 0\.1\.0/gi, "version: 0.2.0"));
  const crd = load(await Bun.file(join(folder, "files", "crd.yaml")).text()) as Annotated;
  crd.metadata.annotations[UPGRADED] = "yes";
  await Bun.write(join(folder, "files", "crd.yaml"), JSON.stringify(crd));
  return folder;
}

interface Annotated {
  metadata: { annotations: Record<string, string> };
}
