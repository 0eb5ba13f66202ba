import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dump, loadAll } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import { type Cluster, installDeploy, kubectl, sharedCluster } from "../cluster/index.ts";
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

let cluster: Cluster;
let overlay: Manifest[];
let chart: Manifest[];
beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  const { code, stdout, stderr } = await kubectl(cluster, ["kustomize", OVERLAY]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  overlay = loadAll(stdout) as Manifest[];
  const set = VALUES.flatMap((value) => ["--set", value]);
  const rendered = await helmRun(["template", "projectgitops", CHART, "-n", "projectgitops-system", ...set]);
  chart = (loadAll(rendered.stdout) as (Manifest | null)[]).filter((each) => each !== null);
}, 60_000);

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
])("%s passes strict validation by the API server without a warning", async (_, manifests) => {
  const input = manifests().map((manifest) => dump(manifest));
  const how = ["--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict"];
  const { code, stderr } = await kubectl(cluster, ["apply", ...how, "-f", "-"], input.join("---\n"));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});
