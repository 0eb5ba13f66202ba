import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadAll } from "js-yaml";
import { PLACEHOLDER_IMAGE } from "../../src/cli/manifests.ts";
import {
  BunK8sClient,
  CLUSTER_ROLES,
  CUSTOM_RESOURCE_DEFINITIONS,
  DEPLOYMENTS,
  isNotFound,
  NAMESPACES,
  ROLE_BINDINGS,
} from "../../src/kube/index.ts";
import { eventually, kubectl, type OwnCluster, startCluster } from "../cluster/index.ts";
import { typed } from "../unit/cli/typed.ts";
import { nobodysKubeconfig, withKubeconfig, withoutProgress } from "./cli-support.ts";

const IMAGE = "registry.acme.dev/projectgitops:0.1.0";
const INSTALL = `install --image ${IMAGE}`;
const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const CRD = { name: "projectgitops.projectgitops.dev" };

let cluster: OwnCluster;
let admin: BunK8sClient;

beforeAll(async () => {
  cluster = await startCluster();
  admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  // An empty cluster: our CRD is `install`'s to bring.
  await admin.delete(CUSTOM_RESOURCE_DEFINITIONS, CRD);
  await eventually(() => isGone(admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD)), { description: "no CRD" });
}, 60_000);
afterAll(async () => {
  admin?.close();
  await cluster?.stop();
});

const type = (commandLine: string, io: Parameters<ReturnType<typeof withKubeconfig>>[1] = {}) =>
  withoutProgress(withKubeconfig(cluster.kubeconfigPath)(commandLine, io));

describe("refused before anything is asked", () => {
  test("without an image, for the placeholder cannot be pulled", async () => {
    const { code, stdout, stderr } = await typed("install");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      [
        "error: nothing was installed: the operator's image is not named",
        `  deploy/ names the placeholder ${PLACEHOLDER_IMAGE}, which nobody can pull`,
        "  build yours from the Dockerfile, and push it where the cluster can pull it",
        "  next: projectgitops install --image registry.acme.dev/projectgitops:0.1.0",
        "",
      ].join("\n"),
    );
  });

  test.each([
    [PLACEHOLDER_IMAGE, `error: --image: ${PLACEHOLDER_IMAGE} is the placeholder of deploy/\n`],
    ["x\n          command: [sh]", "error: --image: no image is named x\n"],
    ["$&", "error: --image: no image is named $&\n"],
  ])("with the image %j", async (image, said) => {
    for (const more of [[], ["--export"]]) {
      const { code, stdout, stderr } = await typed(["install", "--image", image, ...more]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toStartWith(said);
    }
  });
});

describe("into an empty cluster", () => {
  test("--dry-run tells what would be created, and writes nothing", async () => {
    const { code, stdout, stderr } = await type(`${INSTALL} --dry-run`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(
      /^CustomResourceDefinition projectgitops\.projectgitops\.dev +would be created$/,
    );
    expect(lines.at(-1)).toBe("nothing was written");
    expect(await isGone(admin.get(NAMESPACES, { name: OPERATOR.namespace }))).toBe(true);
  });

  test("it says of each object of deploy/ that it is created, the Deployment last, and what to type next", async () => {
    const { code, stdout, stderr } = await type(INSTALL);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n");
    const made = lines.slice(0, lines.indexOf(""));
    expect(made.every((line) => line.endsWith(" created"))).toBe(true);
    const exported = await typed(`install --export --image ${IMAGE}`);
    expect(made).toHaveLength(loadAll(exported.stdout).length);
    expect(made.at(-1)).toMatch(/^Deployment projectgitops-system\/projectgitops +created$/);
    expect(lines.slice(made.length + 1)).toEqual([
      `ProjectGitOps 0.1.0 with image ${IMAGE}: ${made.length} created`,
      "next: kubectl rollout status deployment/projectgitops -n projectgitops-system",
      "",
    ]);
    // The very objects: kubectl finds nothing to change.
    const diff = await kubectl(
      cluster,
      ["diff", "--server-side", "--field-manager=projectgitops-cli", "-f", "-"],
      exported.stdout,
    );
    expect(diff).toMatchObject({ code: 0, stdout: "" });
  });

  test("again, all is unchanged, and no version moves", async () => {
    const before = await admin.get(DEPLOYMENTS, OPERATOR);
    const { code, stdout } = await type(INSTALL);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: \d+ unchanged\n/);
    expect(stdout).not.toMatch(/created|changed\b(?<!unchanged)/);
    const after = await admin.get(DEPLOYMENTS, OPERATOR);
    expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion as string);
  });

  test("another image changes the Deployment alone; --dry-run says so before", async () => {
    const other = INSTALL.replace(":0.1.0", ":0.2.0");
    const dry = await type(`${other} --dry-run`);
    expect(dry.stdout).toMatch(/\nDeployment \S+ +would be changed\n/);
    const { stdout } = await type(other);
    expect(stdout).toMatch(/\nDeployment \S+ +changed\n/);
    expect(stdout).toMatch(/: 1 changed, \d+ unchanged\n/);
  });

  test("--only crd needs no image", async () => {
    const { code, stdout } = await type("install --only crd");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${"CustomResourceDefinition projectgitops.projectgitops.dev".padEnd(64)} unchanged\n\n--only crd of 0.1.0: 1 unchanged\n`,
    });
  });
});

describe("--wait", () => {
  test("waits until the Deployment is available", async () => {
    const waiting = type(`${INSTALL} --wait --timeout 30s`);
    await untilImage(IMAGE);
    await rolledOut(1);
    const { code, stdout } = await waiting;
    expect(code).toBe(0);
    expect(stdout).toEndWith(
      "Deployment projectgitops-system/projectgitops is available\nnext: projectgitops check\n",
    );
  });

  test("says what was seen last, and ends with no, when it does not become available", async () => {
    await rolledOut(0, "MinimumReplicasUnavailable");
    const { code, stderr } = await type(`${INSTALL} --wait --timeout 1s`);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "waited 1s for Deployment projectgitops-system/projectgitops to be available, in vain\n",
    );
    expect(stderr).toContain("  last seen: 0 of 1 available: MinimumReplicasUnavailable\n");
    expect(stderr).toContain("  next: kubectl describe deployment,pods -n projectgitops-system");
  });
});

describe("what others have changed or installed", () => {
  test("a field that somebody else holds is named, and nothing is written; --force takes it over", async () => {
    const shown = ["set", "image", "deployment/projectgitops", "operator=registry.acme.dev/other:1"];
    await kubectl(cluster, [...shown, "-n", OPERATOR.namespace]);
    await admin.delete(CLUSTER_ROLES, { name: "projectgitops-view" });
    const refused = await type(INSTALL);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toStartWith(
      "error: Deployment projectgitops-system/projectgitops was changed by others, and is not put back\n",
    );
    expect(refused.stderr).toContain('.image: conflict with "kubectl-set"');
    expect(await isGone(admin.get(CLUSTER_ROLES, { name: "projectgitops-view" }))).toBe(true);
    const { code, stdout } = await type(`${INSTALL} --force`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/: 1 created, 1 changed, \d+ unchanged\n/);
  });

  test.each([
    [
      "Helm",
      { annotations: { "meta.helm.sh/release-name": "pgops", "meta.helm.sh/release-namespace": "tools" } },
      "by Helm, as release pgops in namespace tools",
      "helm upgrade pgops deploy/chart -n tools --reuse-values",
    ],
    [
      "a Kustomization of Flux",
      {
        labels: {
          "kustomize.toolkit.fluxcd.io/name": "operators",
          "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        },
      },
      "by Flux, with Kustomization flux-system/operators",
      "change it in git, then: flux reconcile kustomization operators -n flux-system --with-source",
    ],
    [
      "a HelmRelease of Flux",
      {
        labels: {
          "helm.toolkit.fluxcd.io/name": "pgops",
          "helm.toolkit.fluxcd.io/namespace": "flux-system",
        },
        annotations: { "meta.helm.sh/release-name": "pgops" },
      },
      "by Flux, with HelmRelease flux-system/pgops",
      "change it in git, then: flux reconcile helmrelease pgops -n flux-system",
    ],
  ])("what %s has installed is left to it, with its own command", async (_, marks, by, next) => {
    await mark(marks);
    const refused = await type(INSTALL);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toStartWith(`error: the operator is installed already, ${by}\n`);
    expect(refused.stderr).toContain(`  next: ${next}`);
    const forced = await type(`${INSTALL} --force --dry-run`);
    expect(forced).toMatchObject({
      code: 0,
      stderr: `warning: the operator is installed already, ${by}\n`,
    });
    await unmark(marks);
    expect((await type(`${INSTALL} --dry-run`)).code).toBe(0);
  });

  test("the CRD that Helm has left behind is no installation", async () => {
    const annotations = { "meta.helm.sh/release-name": "pgops", "helm.sh/resource-policy": "keep" };
    await admin.patch(CUSTOM_RESOURCE_DEFINITIONS, CRD, { metadata: { annotations } }, { type: "merge" });
    expect((await type(INSTALL)).code).toBe(0);
  });

  test("an operator in another namespace is told with its scope; --force goes on with a warning", async () => {
    await admin.createNamespace("team");
    const labels = { "app.kubernetes.io/name": "projectgitops" };
    const containers = [{ name: "operator", image: IMAGE, args: ["run", "--namespace=team"] }];
    await admin.createDeployment("team", {
      metadata: { name: "projectgitops", labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    });
    const { code, stderr } = await type(INSTALL);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: [
        "error: an operator is installed already: Deployment team/projectgitops, by kubectl",
        "  it works on the projects of namespace team, and this one would do so too",
        "  next: kubectl delete deployment projectgitops -n team",
        "",
      ].join("\n"),
    });
    expect((await type("install --only crd")).code).toBe(0);
    expect((await type(`${INSTALL} --force`)).stderr).toBe(
      "warning: an operator is installed already: Deployment team/projectgitops\n",
    );
    await admin.deleteDeployment("team", "projectgitops");
  });
});

test("roles of an earlier version go, unless somebody is let in by one", async () => {
  for (const name of ["projectgitops-viewer", "projectgitops-editor"])
    await admin.create(CLUSTER_ROLES, {
      metadata: { name, labels: { "app.kubernetes.io/name": "projectgitops" } },
    });
  await admin.create(ROLE_BINDINGS, {
    metadata: { namespace: "default", name: "platform-team" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "projectgitops-editor",
    },
  });
  const { stdout } = await type(INSTALL);
  expect(stdout).toMatch(/^ClusterRole projectgitops-viewer +removed: it is projectgitops-view now$/m);
  expect(stdout).toMatch(
    /^ClusterRole projectgitops-editor +stays: RoleBinding default\/platform-team names it; bind projectgitops-edit instead$/m,
  );
  expect(await isGone(admin.get(CLUSTER_ROLES, { name: "projectgitops-viewer" }))).toBe(true);
  await admin.delete(ROLE_BINDINGS, { namespace: "default", name: "platform-team" });
  expect((await type(INSTALL)).stdout).toMatch(
    /^ClusterRole projectgitops-editor +removed: it is projectgitops-edit now$/m,
  );
});

test("a namespace on its way out takes nothing in", async () => {
  const finalizers = ["test.example.com/hold"];
  await admin.patch(DEPLOYMENTS, OPERATOR, { metadata: { finalizers } }, { type: "merge" });
  await admin.deleteNamespace(OPERATOR.namespace);
  const { code, stdout, stderr } = await type(INSTALL);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("error: Namespace projectgitops-system is being deleted\n");
  await admin.patch(DEPLOYMENTS, OPERATOR, { metadata: { finalizers: null } }, { type: "merge" });
});

test("without rights, or a cluster, it could not ask", async () => {
  const nobody = withKubeconfig(await nobodysKubeconfig(cluster, "default"));
  const { code, stdout, stderr } = await nobody(INSTALL);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("403");
});

async function isGone(reading: Promise<unknown>): Promise<boolean> {
  return reading.then(
    () => false,
    (error) => {
      if (isNotFound(error)) return true;
      throw error;
    },
  );
}

const untilImage = (image: string) =>
  eventually(
    async () => (await admin.get(DEPLOYMENTS, OPERATOR)).spec?.template.spec?.containers[0]?.image === image,
    { description: `the Deployment has the image ${image}` },
  );

/** What the Deployment's controller would write. */
async function rolledOut(available: number, message = ""): Promise<void> {
  const { metadata } = await admin.get(DEPLOYMENTS, OPERATOR);
  const status = {
    observedGeneration: metadata?.generation,
    ...{ replicas: 1, updatedReplicas: 1, readyReplicas: available, availableReplicas: available },
    conditions: [{ type: "Available", status: available > 0 ? "True" : "False", reason: message, message }],
  };
  await admin.patch(DEPLOYMENTS, OPERATOR, { status }, { type: "merge", subresource: "status" });
}

interface Marks {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

const mark = (metadata: Marks) => admin.patch(DEPLOYMENTS, OPERATOR, { metadata }, { type: "merge" });

const unmark = ({ labels = {}, annotations = {} }: Marks) =>
  admin.patch(
    DEPLOYMENTS,
    OPERATOR,
    { metadata: { labels: nulls(labels), annotations: nulls(annotations) } },
    {
      type: "merge",
    },
  );

const nulls = (marks: Record<string, string>) =>
  Object.fromEntries(Object.keys(marks).map((key) => [key, null]));
