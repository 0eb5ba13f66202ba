import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  BunK8sClient,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  isNotFound,
  NAMESPACES,
} from "../../src/kube/index.ts";
import {
  eventually,
  installedIdentity,
  kubectl,
  type Operator,
  type OwnCluster,
  startCluster,
  startOperator,
} from "../cluster/index.ts";
import { nobodysKubeconfig, withKubeconfig, withoutProgress } from "./cli-support.ts";
import { setAvailable } from "./diagnose/installation.ts";
import { managedVersions } from "./support/managed.ts";
import { condition, FAST, giveCredential, PROJECTS, projectObject } from "./support/scope.ts";

// One story, told in order: each describe begins where the one before it ended.

const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const CRD = "projectgitops.projectgitops.dev";
const PLATFORM = "platform";

let cluster: OwnCluster;
let admin: BunK8sClient;
let operator: Operator | undefined;

beforeAll(async () => {
  cluster = await startCluster();
  admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  await installAndRun();
  await admin.createNamespace(PLATFORM);
  await giveCredential({ admin, namespace: PLATFORM });
  await apply("shop", {
    environments: [{ name: "development" }, { name: "production", deletionPolicy: "Orphan" }],
  });
}, 90_000);
afterAll(async () => {
  await operator?.stop();
  admin?.close();
  await cluster?.stop();
});

const type = async (commandLine: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) => {
  const typed = await withoutProgress(withKubeconfig(cluster.kubeconfigPath)(commandLine, io));
  // Columns are for the eye.
  const stdout = typed.stdout
    .replaceAll(/^([A-Z]\w+ \S+) +(removed|stays: .*)$/gm, "$1  $2")
    .replaceAll(/(?<=\S) {2,}/g, "  ");
  return { ...typed, stdout };
};

describe("before it removes anything", () => {
  test("it tells what would be left without an operator; --dry-run ends there", async () => {
    const { code, stdout, stderr } = await type("uninstall --dry-run");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const cells = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    expect(cells[0]).toEqual(["1 project stays, with all that was made for it:"]);
    expect(cells.slice(2, 4)).toEqual([
      [
        "platform/shop",
        "COMPLETED",
        "project-shop-development",
        "Delete",
        "Flux, Kustomization shop-development",
      ],
      ["project-shop-production", "Orphan", "Flux, Kustomization shop-production"],
    ]);
    expect(stdout).toContain("\nFlux goes on deploying them from git. ");
    expect(stdout).toEndWith("The CRD stays.\n\nnothing was removed\n");
    expect((await ours()).length).toBeGreaterThan(10);
  });

  test("it asks; without a terminal it says how to go on, and removes nothing", async () => {
    const { code, stderr } = await type("uninstall --delete-crd");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        "error: nothing was removed: there is no terminal to ask on\n  next: projectgitops uninstall --delete-crd --yes\n",
    });
    const declined = await type("uninstall", { prompt: () => Promise.resolve("yes") });
    expect(declined).toMatchObject({ code: 1, stderr: "error: nothing was removed\n" });
    expect((await admin.get(DEPLOYMENTS, OPERATOR)).metadata?.deletionTimestamp).toBeUndefined();
  });

  test.each([
    [
      "Helm",
      { annotations: { "meta.helm.sh/release-name": "pgops", "meta.helm.sh/release-namespace": "tools" } },
      "by Helm, as release pgops in namespace tools",
      "helm uninstall pgops -n tools",
    ],
    [
      "Flux",
      { labels: { "kustomize.toolkit.fluxcd.io/name": "operators" } },
      "by Flux, with Kustomization flux-system/operators",
      "take it out of git, or: flux delete kustomization operators -n flux-system",
    ],
  ])("what %s has installed is left to it, with its own command", async (_, metadata, by, next) => {
    await admin.patch(DEPLOYMENTS, OPERATOR, { metadata }, { type: "merge" });
    const { code, stdout, stderr } = await type("uninstall --yes");
    expect(code).toBe(1);
    expect(stdout).toContain("platform/shop  COMPLETED  project-shop-development  Delete");
    expect(stderr).toStartWith(`error: nothing was removed: the operator is installed ${by}\n`);
    expect(stderr).toEndWith(`  next: ${next}\n`);
    const dry = await type("uninstall --dry-run");
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toStartWith(stdout);
    expect(dry.stdout).toEndWith(`\nThe operator is installed ${by}.\nnext: ${next}\n`);
    const keys = Object.entries(metadata).map(([where, marks]) => [where, nulls(marks)]);
    await admin.patch(DEPLOYMENTS, OPERATOR, { metadata: Object.fromEntries(keys) }, { type: "merge" });
  });

  test("another operator would lose the ClusterRole: it is named, and goes first", async () => {
    const labels = { "app.kubernetes.io/name": "projectgitops" };
    const spec = { containers: [{ name: "operator", image: "x:1", args: ["run"] }] };
    await admin.createDeployment(PLATFORM, {
      metadata: { name: "projectgitops", labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    const { code, stdout, stderr } = await type("uninstall --yes");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toStartWith(
      "error: nothing was removed: there is another operator, Deployment platform/projectgitops, by kubectl\n",
    );
    expect(stderr).toContain("  next: kubectl delete deployment projectgitops -n platform, then again\n");
    await admin.deleteDeployment(PLATFORM, "projectgitops");
  });

  test("without rights it could not ask", async () => {
    const nobody = withKubeconfig(await nobodysKubeconfig(cluster, PLATFORM));
    expect(await nobody("uninstall --yes")).toMatchObject({ code: 2, stdout: "" });
  });
});

describe("uninstall", () => {
  let before: Record<string, string>;

  test("removes all that install has made but the CRD, and nothing of a project is written to", async () => {
    before = await managedVersions(cluster);
    expect(Object.keys(before).length).toBeGreaterThan(10);
    const { code, stdout } = await type("uninstall", { prompt: () => Promise.resolve("projectgitops") });
    expect(code).toBe(0);
    const removed = stdout.split("\n").filter((line) => line.endsWith("  removed"));
    expect(removed[0]).toBe("Deployment projectgitops-system/projectgitops  removed");
    expect(removed.at(-1)).toBe("Namespace projectgitops-system  removed");
    // What confines the token goes after the rights that it has.
    const place = (text: string) => removed.findIndex((line) => line.startsWith(text));
    expect(place("ClusterRoleBinding ")).toBeLessThan(place("ValidatingAdmissionPolicyBinding "));
    expect(stdout).toContain(
      "\nProjectGitOps is uninstalled. What stays: the CRD, 1 ProjectGitOps and all that was made for them.\n",
    );
    await operator?.stop();
    expect(await ours()).toEqual([`customresourcedefinition.apiextensions.k8s.io/${CRD}`]);
    expect(await managedVersions(cluster)).toEqual(before);
  }, 60_000);

  test("again, there is nothing to remove", async () => {
    const { code, stdout } = await type("uninstall --yes");
    expect(code).toBe(0);
    expect(stdout).toStartWith("No operator is installed: nothing to remove.\n");
    expect(stdout).toContain("next: projectgitops uninstall --delete-crd\n");
  });

  test("installed again, the project goes on, and nothing of it is written to", async () => {
    await installAndRun();
    await untilPassed("shop");
    expect(await managedVersions(cluster)).toEqual(before);
  }, 60_000);

  test("a namespace that holds what is not ours stays, and says why", async () => {
    await admin.createSecret(OPERATOR.namespace, "registry", { a: "b" });
    const { code, stdout } = await type("uninstall --yes");
    await operator?.stop();
    expect(code).toBe(0);
    expect(stdout).toContain("Namespace projectgitops-system  stays: it holds Secret registry\n");
    const left = await ours();
    expect(left).toEqual([
      `customresourcedefinition.apiextensions.k8s.io/${CRD}`,
      "namespace/projectgitops-system",
    ]);
    await admin.deleteSecret(OPERATOR.namespace, "registry");
  }, 60_000);
});

describe("uninstall --delete-projects", () => {
  test("needs an operator that runs", async () => {
    await type("install --image registry.acme.dev/projectgitops:0.1.0");
    const { code, stdout, stderr } = await type("uninstall --delete-projects --yes");
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: nothing was removed: no operator runs that could remove the projects\n  next: projectgitops check\n",
    });
  });

  test("a protected environment keeps its project, and the operator with it", async () => {
    await installAndRun();
    await apply("pay", { environments: [{ name: "production", protected: true }] });
    const { code, stdout, stderr } = await type("uninstall --delete-projects --yes --timeout 20s");
    expect(code).toBe(1);
    expect(stdout).toContain("platform/pay is deleted first:\n");
    expect(stdout).toContain("ProjectGitOps platform/shop  removed\n");
    expect(stderr).toContain("pay is kept: an environment is protected; the operator stays\n");
    expect(stderr).toContain("protected, so kept: project-pay-production. To let go: kubectl annotate ");
    await admin.get(DEPLOYMENTS, OPERATOR);
    expect(await isThere(NAMESPACES, { name: "project-shop-development" })).toBe(false);
    expect(await isThere(NAMESPACES, { name: "project-shop-production" })).toBe(true);
  }, 60_000);

  test("confirmed, all goes", async () => {
    const annotations = { "projectgitops.dev/confirm-delete": "project-pay-production" };
    const ref = { namespace: PLATFORM, name: "pay" };
    await admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
    await eventually(
      async () => {
        const pay = (await admin.list(PROJECTS)).items.find(({ metadata }) => metadata.name === "pay");
        return pay === undefined || condition(pay, "Ready")?.reason !== "DeletionProtected";
      },
      { description: "the operator has seen the confirmation" },
    );
    const { code, stdout } = await type("uninstall --delete-projects --yes");
    await operator?.stop();
    expect(code).toBe(0);
    expect(stdout).toEndWith(
      [
        "ProjectGitOps is uninstalled. What stays: the CRD.",
        "next: projectgitops install --image IMAGE  to go on",
        "next: projectgitops uninstall --delete-crd  to remove the rest",
        "",
      ].join("\n"),
    );
    expect((await admin.list(PROJECTS)).items).toEqual([]);
  }, 60_000);
});

describe("uninstall --delete-crd", () => {
  test("with an operator that runs: it releases the projects, and what they made stays", async () => {
    await installAndRun();
    await apply("blog", { environments: [{ name: "staging" }] });
    const before = await managedVersions(cluster);
    const { code, stdout } = await type("uninstall --delete-crd --yes");
    await operator?.stop();
    expect(code).toBe(0);
    expect(stdout).toContain(
      "The CRD goes, and with it the 1 ProjectGitOps: the operator takes their finalizers off.\n",
    );
    expect(stdout.indexOf("CustomResourceDefinition ")).toBeLessThan(stdout.indexOf("Deployment "));
    expect(await ours()).toEqual([]);
    expect(await managedVersions(cluster)).toEqual(before);
  }, 60_000);

  test("without one it releases them itself, and what they made is taken over when they are applied again", async () => {
    await installAndRun();
    await apply("blog", { environments: [{ name: "staging" }] });
    const before = await uidsOf(await managedVersions(cluster));
    await operator?.stop();
    await setAvailable(admin, OPERATOR, 0);
    const { code, stdout } = await type("uninstall --delete-crd --yes");
    expect(code).toBe(0);
    expect(stdout).toContain("no operator runs, so this command takes their finalizers off.\n");
    expect(stdout.indexOf("Deployment ")).toBeLessThan(stdout.indexOf("CustomResourceDefinition "));
    expect(await ours()).toEqual([]);
    expect(await isThere(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD })).toBe(false);
    await installAndRun();
    await apply("blog", { environments: [{ name: "staging" }] });
    expect(await uidsOf(await managedVersions(cluster))).toEqual(before);
  }, 60_000);
});

/** The kubelet's work, too: the program as it is installed, and the status of its Deployment. */
async function installAndRun(): Promise<void> {
  const { code, stderr } = await type("install --image registry.acme.dev/projectgitops:0.1.0");
  if (code !== 0) throw new Error(stderr);
  operator = await startOperator(cluster, {
    args: ["--leader-elect", ...FAST],
    identity: await installedIdentity(cluster),
  });
  await setAvailable(admin, OPERATOR, 1);
}

async function apply(name: string, spec: object): Promise<void> {
  await admin.create(PROJECTS, projectObject(PLATFORM, name, spec as never));
  await untilPassed(name);
}

/** COMPLETED, as the operator that runs now has it. */
const untilPassed = (name: string) =>
  eventually(
    async () => {
      const told = (await operator?.metrics()) ?? "";
      return new RegExp(`projectgitops_project_info\\{.*name="${name}".*phase="COMPLETED".*\\} 1`).test(told);
    },
    { deadlineMs: 30_000, description: `${name} is COMPLETED` },
  );

/** All that install makes, whatever its kind, by the label that it has. */
async function ours(): Promise<string[]> {
  const kinds = [
    "crd,namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies",
    "validatingadmissionpolicybindings,deployments,services,serviceaccounts,roles,rolebindings",
  ].join(",");
  const args = ["get", kinds, "-A", "-l", "app.kubernetes.io/name=projectgitops", "-o", "name"];
  return (await kubectl(cluster, args)).stdout.trim().split("\n").filter(Boolean);
}

const uidsOf = (versions: Record<string, string>) =>
  Object.fromEntries(Object.entries(versions).map(([key, value]) => [key, value.split(" ")[0]]));

async function isThere(resource: Parameters<BunK8sClient["getMetadata"]>[0], ref: { name: string }) {
  return admin.getMetadata(resource, ref).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
}

const nulls = (marks: Record<string, string>) =>
  Object.fromEntries(Object.keys(marks).map((key) => [key, null]));
