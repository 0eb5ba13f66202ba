import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import { BunK8sClient } from "../../src/kube/index.ts";
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

test("helm install brings the CRD and an operator that sets a project up with just what was installed", async () => {
  const { code, stdout, stderr } = await helm("install", "projectgitops", CHART, "--create-namespace");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("The image is a placeholder");
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

test("helm upgrade brings the new version's CRD and settings, and writes to nothing that was made", async () => {
  const next = await nextVersion();
  const values = ["--set", "replicas=2", "--set", "settings.gitHosts={github.com}"];
  const { code, stderr } = await helm("upgrade", "projectgitops", next, ...values);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await upgraded()).toBe("yes");
  expect((await deployment()).spec?.replicas).toBe(2);
  expect(await installedArgs()).toContain("--git-hosts=github.com");
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

const helm = (...args: string[]) => helmRun([...args, ...IN], cluster.kubeconfigPath);

async function must(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kubectl(cluster, args);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

const deployment = async (): Promise<Deployment> =>
  JSON.parse(await must("get", "deployment", "projectgitops", ...IN, "-o", "json"));

async function installedArgs(): Promise<string[]> {
  const [container] = (await deployment()).spec?.template.spec?.containers ?? [];
  return container?.args ?? [];
}

/** Does the kubelet's work: the program with the Deployment's arguments and its ServiceAccount's token. */
async function startInstalled(): Promise<void> {
  await operator?.stop();
  const [run, ...args] = await installedArgs();
  expect(run).toBe("run");
  operator = await startOperator(cluster, { args, identity: await installedIdentity(cluster) });
}

const phase = () => must("get", "projectgitops", "shop", "-n", PLATFORM, "-o", "jsonpath={.status.phase}");

/** By an operator that leads now, and has looked: COMPLETED may stand there from the one before. */
async function untilCompleted(): Promise<void> {
  await eventually(
    async () =>
      /projectgitops_project_info\{.*phase="COMPLETED".*\} 1/.test((await operator?.metrics()) ?? ""),
    { deadlineMs: 40_000, description: "the operator has passed over the project and has it as COMPLETED" },
  );
  expect(await phase()).toBe("COMPLETED");
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
