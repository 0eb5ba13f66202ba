import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dump, loadAll } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import { type Cluster, installDeploy, kubectl, scratchFolder, sharedCluster } from "../cluster/index.ts";
import { CHART, helmRun, manifestKey as key, type Manifest, withoutHelmLabels } from "./support/chart.ts";

const OVERLAY = join(CHART, "..", "..", "overlays", "high-availability");
/** The same by the chart. */
const VALUES = [
  "replicas=2",
  "topologySpread.enabled=true",
  "podDisruptionBudget.enabled=true",
  "networkPolicy.enabled=true",
  "namespace.create=true",
];

/** Everything that a person may add. */
const EVERYTHING = {
  replicas: 3,
  namespaced: true,
  deployerClusterRole: "edit",
  image: { tag: "v2", pullPolicy: "IfNotPresent" },
  imagePullSecrets: [{ name: "pull" }],
  settings: { listen: ":9090", gitHosts: ["github.com", "git.acme.dev:2222"], tenancy: "strict" },
  extraEnv: [
    { name: "HTTPS_PROXY", value: "http://proxy:3128" },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "secret", key: "token" } } },
  ],
  resources: { requests: { cpu: 1, memory: "256Mi" } },
  podLabels: { team: "platform" },
  podAnnotations: { note: "here" },
  priorityClassName: "system-cluster-critical",
  nodeSelector: { disk: "ssd" },
  tolerations: [{ key: "infra", operator: "Exists", effect: "NoSchedule" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "infra", operator: "Exists" }] }],
      },
    },
  },
  topologySpread: { enabled: true },
  podDisruptionBudget: { enabled: true, minAvailable: 2 },
  networkPolicy: { enabled: true, metricsFrom: [{ namespaceSelector: {} }], egressPorts: [443, 8443] },
  serviceAccount: { annotations: { note: "here" } },
  namespace: { create: true },
  environmentDefaults: { networkPolicy: { ingress: "OtherProjectsDenied" } },
  monitoring: { dashboard: { enabled: true, labels: { grafana_dashboard: "1" } } },
};

let cluster: Cluster;
let overlay: Manifest[];
let chart: Manifest[];
let full: Manifest[];
beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  const { code, stdout, stderr } = await kubectl(cluster, ["kustomize", OVERLAY]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  overlay = loadAll(stdout) as Manifest[];
  chart = await rendered(VALUES.flatMap((value) => ["--set", value]));
  const file = join(scratchFolder("values"), "values.yaml");
  await Bun.write(file, dump(EVERYTHING));
  full = await rendered(["--values", file]);
}, 60_000);

async function rendered(args: string[]): Promise<Manifest[]> {
  const where = ["-n", "projectgitops-system"];
  const { code, stdout, stderr } = await helmRun(["template", "projectgitops", CHART, ...where, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (loadAll(stdout) as (Manifest | null)[]).filter((each) => each !== null);
}

describe("the overlay high-availability", () => {
  test("has two replicas that hold a Lease, spread over zones and nodes", () => {
    const { spec } = overlay.find(({ kind }) => kind === "Deployment") as Manifest & Deployment;
    expect(spec?.replicas).toBe(2);
    expect(spec?.template.spec?.containers[0]?.args).toEqual(["run", "--leader-elect"]);
    const spread = spec?.template.spec?.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
  });

  test("has what the chart has with the same in its values", () => {
    const byKey = (a: Manifest, b: Manifest) => key(a).localeCompare(key(b));
    const ours = chart.map(withoutHelmLabels);
    for (const { kind, metadata } of ours) if (kind === "Namespace") delete metadata.annotations;
    expect(overlay.toSorted(byKey)).toEqual(ours.toSorted(byKey));
  });
});

test.each([
  ["the overlay", () => overlay],
  ["the chart", () => chart],
  ["the chart with everything that a person may add", () => full],
])("%s passes strict validation by the API server without a warning", async (_, manifests) => {
  const input = manifests().map((manifest) => dump(manifest));
  const how = ["--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict"];
  const { code, stderr } = await kubectl(cluster, ["apply", ...how, "-f", "-"], input.join("---\n"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
