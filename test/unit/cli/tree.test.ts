import { describe, expect, test } from "bun:test";
import { idsOf } from "../../../src/cli/tree/assemble.ts";
import { deliveredBy } from "../../../src/cli/tree/delivered.ts";
import { draw } from "../../../src/cli/tree/draw.ts";
import type { TreeObject, TreeProject } from "../../../src/cli/tree/model.ts";
import { workloadHealth } from "../../../src/cli/tree/workload-health.ts";
import { projectFrom } from "../plan/support.ts";

const NAMESPACE = "project-shop-staging";
const object = (kind: string, name: string, more: Partial<TreeObject> = {}): TreeObject => ({
  apiVersion: "v1",
  kind,
  namespace: NAMESPACE,
  name,
  presence: "present",
  ...more,
});
const REVISION = `main@sha1:1f3c9ab5${"0".repeat(32)}`;
const READY = { ready: "True", reason: "Succeeded", message: "stored artifact" } as const;
const SHOP: TreeProject = {
  namespace: "platform",
  name: "shop",
  project: "shop",
  phase: "COMPLETED",
  ready: "False",
  message: "staging: cannot deploy: kustomization path not found",
  environments: [
    {
      name: "staging",
      namespace: NAMESPACE,
      desired: true,
      ready: "False",
      objects: [
        object("Namespace", NAMESPACE, { namespace: "" }),
        object("GitRepository", "shop-repo", {
          health: READY,
          revision: REVISION,
          detail: "https://git @ main",
        }),
        object("Kustomization", "shop-staging", {
          health: { ready: "False", reason: "ArtifactFailed", message: "kustomization path not found" },
          objects: [object("ConfigMap", "app"), object("ConfigMap", "shared", { namespace: "other" })],
        }),
      ],
    },
  ],
};
const screen = (io: { colour?: boolean; columns?: number } = {}, wide = false): string =>
  draw([SHOP], wide, { colour: io.colour ?? false, columns: io.columns });

test("one line a thing: what is well tells its revision, what is not its message", () => {
  expect(
    screen(),
  ).toBe(`ProjectGitOps platform/shop        ✗ NotReady  COMPLETED  staging: cannot deploy: kustomization path not found
└─ staging  project-shop-staging   ✗ NotReady
   ├─ GitRepository  shop-repo     ✓ Ready     main@1f3c9ab
   └─ Kustomization  shop-staging  ✗ NotReady  kustomization path not found
      ├─ ConfigMap  app
      └─ ConfigMap  other/shared
`);
});

test("wide also tells what a healthy object is about", () => {
  expect(screen({}, true)).toContain("✓ Ready     main@1f3c9ab  https://git @ main\n");
});

test("on a terminal no line is wider than it, and colour adds no width", () => {
  const plain = screen({ columns: 50 });
  expect(Math.max(...plain.split("\n").map((line) => line.length))).toBe(50);
  const coloured = screen({ columns: 50, colour: true });
  expect(coloured).toContain("\u001b[31m✗ NotReady\u001b[0m");
  expect(Bun.stripANSI(coloured)).toBe(plain);
});

test("Flux's inventory is read as Flux writes it, cluster-scoped and RBAC names too", () => {
  const ids = [
    ["shop_app__ConfigMap", "v1"],
    ["_system__node__reader_rbac.authorization.k8s.io_ClusterRole", "v1"],
    ["nonsense", "v1"],
  ];
  const status = { inventory: { entries: ids.map(([id, v]) => ({ id, v })) } };
  expect(deliveredBy({ status } as object)).toEqual([
    { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "app" },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      namespace: "",
      name: "system:node:reader",
    },
  ]);
});

describe("how an object that was deployed is", () => {
  const condition = (type: string, status: string) => ({ type, status, reason: "Any", message: "said" });
  test.each([
    ["a ConfigMap cannot be unwell", { kind: "ConfigMap" }, undefined],
    [
      "a Deployment with all replicas",
      { kind: "Deployment", spec: { replicas: 2 }, status: { availableReplicas: 2 } },
      "True",
    ],
    [
      "a Deployment that misses one",
      { kind: "Deployment", spec: { replicas: 2 }, status: { availableReplicas: 1 } },
      "Unknown",
    ],
    [
      "a Deployment whose old pod serves while the new one does not start",
      {
        kind: "Deployment",
        spec: { replicas: 1 },
        status: { replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
      },
      "Unknown",
    ],
    ["a Deployment scaled to none", { kind: "Deployment", spec: { replicas: 0 }, status: {} }, "True"],
    ["a DaemonSet nobody has scheduled yet", { kind: "DaemonSet", status: {} }, undefined],
    [
      "one whose controller lags",
      {
        kind: "Deployment",
        metadata: { generation: 2 },
        status: { observedGeneration: 1, availableReplicas: 1 },
      },
      "Unknown",
    ],
    ["Ready=False", { kind: "Certificate", status: { conditions: [condition("Ready", "False")] } }, "False"],
    [
      "Ready=True and Stalled",
      { kind: "Widget", status: { conditions: [condition("Ready", "True"), condition("Stalled", "True")] } },
      "False",
    ],
    ["Ready=True", { kind: "Widget", status: { conditions: [condition("Ready", "True")] } }, "True"],
    ["a Job that is done", { kind: "Job", status: { conditions: [condition("Complete", "True")] } }, "True"],
    ["a Job that failed", { kind: "Job", status: { conditions: [condition("Failed", "True")] } }, "False"],
    [
      "a volume that nobody provides",
      { kind: "PersistentVolumeClaim", status: { phase: "Pending" } },
      "Unknown",
    ],
    ["a Namespace's phase is no health", { kind: "Namespace", status: { phase: "Active" } }, undefined],
  ])("%s", (_, found, ready) => {
    expect(workloadHealth(found)?.ready).toBe(ready as never);
  });
});

test("what only the operator's defaults ask for hangs below its environment, by the inventory", () => {
  const project = projectFrom({
    apiVersion: "projectgitops.dev/v1alpha1",
    kind: "ProjectGitOps",
    metadata: { name: "shop", namespace: "platform" },
    spec: {
      projectId: "shop",
      git: { url: "https://git.example.com/acme/shop.git" },
      environments: [{ name: "staging" }],
    },
    status: {
      inventory: {
        entries: [
          { id: `${NAMESPACE}_shop-quota__ResourceQuota`, v: "v1" },
          { id: `${NAMESPACE}_shop-repo_source.toolkit.fluxcd.io_GitRepository`, v: "v1" },
          { id: "project-shop-old_shop-quota__ResourceQuota", v: "v1" },
        ],
      },
    },
  });
  const told = idsOf(project).map(({ kind, environment }) => `${kind} ${environment}`);
  expect(told.filter((line) => line.startsWith("GitRepository"))).toHaveLength(1);
  expect(told.slice(-2)).toEqual(["ResourceQuota staging", "ResourceQuota undefined"]);
});
