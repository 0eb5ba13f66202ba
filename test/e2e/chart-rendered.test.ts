import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { applyCrds, helmCrds, kubectl, scratchFolder, sharedCluster } from "../cluster/index.ts";
import { blockWith, readPage } from "../docs/page.ts";
import {
  CHART,
  helmRun,
  manifestKey as key,
  type Manifest,
  unittest,
  withoutHelmLabels,
} from "./support/chart.ts";

const DEPLOY = join(import.meta.dir, "..", "..", "deploy");
const byKey = (a: Manifest, b: Manifest) => key(a).localeCompare(key(b));

async function rendered(...args: string[]): Promise<Manifest[]> {
  const namespace = ["-n", "projectgitops-system"];
  const { code, stdout, stderr } = await helmRun(["template", "projectgitops", CHART, ...namespace, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return (loadAll(stdout) as (Manifest | null)[]).filter((each) => each !== null);
}

let kustomized: Manifest[];
beforeAll(async () => {
  const { stdout } = await kubectl(await sharedCluster(), ["kustomize", DEPLOY]);
  kustomized = loadAll(stdout) as Manifest[];
}, 60_000);

describe("with default values the chart renders what kubectl apply -k deploy/ applies, but for Helm's labels", () => {
  test("without the Namespace, which is there before the release", async () => {
    const expected = kustomized.filter(({ kind }) => kind !== "Namespace");
    const ours = (await rendered()).map(withoutHelmLabels);
    expect(ours.toSorted(byKey)).toEqual(expected.toSorted(byKey));
  });

  test("and the Namespace with namespace.create, which says that it is kept", async () => {
    const ours = (await rendered("--set", "namespace.create=true")).map(withoutHelmLabels);
    const namespace = ours.find(({ kind }) => kind === "Namespace");
    expect(namespace?.metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
    if (namespace) delete namespace.metadata.annotations;
    expect(ours.toSorted(byKey)).toEqual(kustomized.toSorted(byKey));
  });
});

test("the HelmRelease of docs/install.md passes its CRD's strict validation, and its values render the chart", async () => {
  const text = blockWith(readPage("docs/install.md"), "kind: HelmRelease").text;
  const release = load(text) as { metadata: { namespace: string }; spec: { values: object } };
  const cluster = await sharedCluster();
  await applyCrds(cluster, await helmCrds());
  const elsewhere = { ...release, metadata: { ...release.metadata, namespace: "default" } };
  const dryRun = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
  const { code, stderr } = await kubectl(cluster, dryRun, JSON.stringify(elsewhere));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const values = join(scratchFolder("values"), "values.json");
  await Bun.write(values, JSON.stringify(release.spec.values));
  const image = JSON.stringify(
    (await rendered("--values", values)).find(({ kind }) => kind === "Deployment"),
  );
  expect(image).toContain('"image":"registry.acme.dev/projectgitops:0.1.0"');
});

test("helm lint --strict has nothing to complain of", async () => {
  const { code, stdout, stderr } = await helmRun(["lint", "--strict", CHART]);
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
  expect(stdout).toContain("1 chart(s) linted, 0 chart(s) failed");
});

test("helm-unittest passes every suite of deploy/chart/tests", async () => {
  const { code, stdout, stderr } = await unittest();
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
  expect(stdout).toMatch(/Tests: +\d\d passed/);
});

/** What is wrong, and where the schema says it is. */
const WRONG: readonly [value: string, at: string][] = [
  ["replica=2", "additional properties 'replica' not allowed"],
  ["image.repo=x", "at '/image': additional properties 'repo' not allowed"],
  ["image.pullPolicy=Sometimes", "at '/image/pullPolicy'"],
  ["image.digest=sha256:1", "at '/image/digest'"],
  ["replicas=two", "at '/replicas'"],
  ["leaderElect=often", "at '/leaderElect'"],
  ["settings.pollIntervall=5s", "at '/settings': additional properties 'pollIntervall' not allowed"],
  ["settings.pollInterval=5 seconds", "at '/settings/pollInterval'"],
  ["settings.concurrency=0", "at '/settings/concurrency'"],
  ["settings.hostCalls=-1", "at '/settings/hostCalls'"],
  ["settings.gitHosts={https://github.com/acme}", "at '/settings/gitHosts/0'"],
  ["settings.tenancy=hard", "at '/settings/tenancy'"],
  ["settings.logLevel=loud", "at '/settings/logLevel'"],
  ["settings.listen=8080", "at '/settings/listen'"],
  ["deployerClusterRole=", "at '/deployerClusterRole'"],
  [
    "environmentDefaults.quota.hard.pods=1",
    "at '/environmentDefaults': additional properties 'quota' not allowed",
  ],
  ["environmentDefaults.resourceQuota.hard.pods=50", "at '/environmentDefaults/resourceQuota/hard/pods'"],
  ["environmentDefaults.podSecurity.enforce=high", "at '/environmentDefaults/podSecurity/enforce'"],
  ["extraEnv[0].value=x", "at '/extraEnv/0': missing property 'name'"],
  ["podDisruptionBudget.minAvailable=half", "at '/podDisruptionBudget/minAvailable'"],
  ["networkPolicy.egressPorts={99999}", "at '/networkPolicy/egressPorts/0'"],
  ["monitoring.podMonitor.interval=often", "at '/monitoring/podMonitor/interval'"],
  ["monitoring.rule.enabled=true", "at '/monitoring': additional properties 'rule' not allowed"],
];
test.each(WRONG)("--set %s is refused with the field: %s", async (value, at) => {
  const { code, stderr } = await helmRun(["template", "projectgitops", CHART, "--set", value]);
  expect(code).not.toBe(0);
  expect(stderr).toContain(at);
});
