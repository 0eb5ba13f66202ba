import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dump, loadAll } from "js-yaml";
import { SECRETS } from "../../src/kube/index.ts";
import {
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
} from "../api/support/scope.ts";
import { applyCrds, eventually, kubectl, monitoringCrds } from "../cluster/index.ts";
import { type Prometheus, startPrometheus } from "../cluster/prometheus.ts";
import { prometheusRule } from "./support/alerts.ts";
import { CHART, helmRun, type Manifest, manifestKey, withoutHelmLabels } from "./support/chart.ts";

const MONITORING = join(CHART, "..", "monitoring");

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await applyCrds(scope.cluster, await monitoringCrds());
}, 120_000);
afterAll(() => scope?.stop());

async function byChart(...values: string[]): Promise<Manifest[]> {
  const set = values.flatMap((value) => ["--set", `monitoring.${value}.enabled=true`]);
  const args = ["template", "projectgitops", CHART, "-n", "projectgitops-system", ...set];
  const { stdout } = await helmRun(args);
  const all = (loadAll(stdout) as (Manifest | null)[]).filter((each) => each !== null);
  return all.filter(({ kind }) => /Monitor$|^PrometheusRule$/.test(kind));
}

describe("PodMonitor, ServiceMonitor and PrometheusRule", () => {
  const valid = async (manifests: object[]) => {
    const how = ["--server-side", "--dry-run=server", "--validate=strict"];
    const input = manifests.map((each) => dump(each)).join("---\n");
    return kubectl(scope.cluster, ["apply", ...how, "-f", "-"], input);
  };

  test("of deploy/monitoring pass strict validation by the Prometheus operator's own CRDs", async () => {
    const { stdout } = await kubectl(scope.cluster, ["kustomize", MONITORING]);
    const instead = loadAll(await Bun.file(join(MONITORING, "service-monitor.yaml")).text()) as Manifest[];
    const manifests = [...(loadAll(stdout) as Manifest[]), ...instead];
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      "PodMonitor",
      "PrometheusRule",
      "PrometheusRule",
      "ServiceMonitor",
    ]);
    const { code, stderr } = await valid(manifests);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("of the chart do, too, and are the same", async () => {
    const ours = [...(await byChart("podMonitor", "rules")), ...(await byChart("serviceMonitor"))];
    const { code, stderr } = await valid(ours);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const [kind, file] of [
      ["PodMonitor", "pod-monitor.yaml"],
      ["ServiceMonitor", "service-monitor.yaml"],
    ]) {
      const mine = ours.filter((each) => each.kind === kind).map(withoutHelmLabels);
      expect(mine).toEqual(loadAll(await Bun.file(join(MONITORING, file ?? "")).text()) as Manifest[]);
    }
    const files = ["operator-alerts.yaml", "credential-alerts.yaml"];
    const groups = await Promise.all(files.map(async (name) => (await prometheusRule(name)).spec.groups));
    const rules = ours.find((each) => manifestKey(each) === "PrometheusRule/projectgitops");
    expect((rules as Manifest & { spec: object })?.spec).toEqual({ groups: groups.flat() });
  });

  test("select the Pods and the port that the Deployment has", async () => {
    const [monitor] = (await byChart("podMonitor")) as (Manifest & {
      spec: { selector: { matchLabels: object }; podMetricsEndpoints: { port: string }[] };
    })[];
    const { stdout } = await kubectl(scope.cluster, ["kustomize", join(MONITORING, "..")]);
    const deployment = (loadAll(stdout) as Manifest[]).find(({ kind }) => kind === "Deployment");
    expect(deployment).toMatchObject({
      spec: {
        template: {
          metadata: { labels: monitor?.spec.selector.matchLabels },
          spec: { containers: [{ ports: [{ name: monitor?.spec.podMetricsEndpoints[0]?.port }] }] },
        },
      },
    });
  });
});

describe("a real Prometheus with all alerts, on a running operator", () => {
  const name = uniqueProject();
  let prometheus: Prometheus;

  beforeAll(async () => {
    await giveCredential(scope);
    await endsAt(new Date(Date.now() - 60_000));
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
    const files = ["operator-alerts.yaml", "credential-alerts.yaml"];
    const rules = await Promise.all(files.map(async (file) => dump((await prometheusRule(file)).spec)));
    const config = `
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [0.yaml, 1.yaml]
scrape_configs:
  - job_name: projectgitops
    static_configs:
      - targets: ["${new URL(scope.operator.address).host}"]
        labels: {namespace: projectgitops-system}
`;
    prometheus = await startPrometheus(config, { "0.yaml": rules[0] ?? "", "1.yaml": rules[1] ?? "" });
  }, 60_000);
  afterAll(() => prometheus?.stop());

  test("the alert on a credential that has ended fires, and ends when a new one is there", async () => {
    const firing = () =>
      prometheus.query('ALERTS{alertname="ProjectGitOpsCredentialExpired",alertstate="firing"}');
    const alerts = await eventually(async () => ((await firing()).length === 1 ? firing() : false), {
      description: "the alert fires",
      deadlineMs: 40_000,
    });
    expect(alerts[0]?.labels).toMatchObject({
      exported_namespace: scope.namespace,
      name,
      severity: "critical",
    });
    await endsAt(new Date(Date.now() + 365 * 86_400_000));
    await eventually(async () => (await firing()).length === 0, {
      description: "the alert is over",
      deadlineMs: 40_000,
    });
  }, 90_000);

  test("no alert on the operator fires while it is well, and none has an error", async () => {
    const ours = (await prometheusRule("operator-alerts.yaml")).spec.groups.flatMap(({ rules }) => rules);
    const { groups } = await prometheus.api<{ groups: { rules: Health[] }[] }>("rules");
    const health = groups.flatMap(({ rules }) => rules);
    expect(health.filter((rule) => rule.health !== "ok")).toEqual([]);
    expect(health.length).toBeGreaterThan(ours.length);
    const firing = await prometheus.query('ALERTS{alertstate="firing"}');
    expect(firing.map(({ labels }) => labels["alertname"])).toEqual([]);
  });

  const endsAt = (end: Date) =>
    scope.admin.patch(
      SECRETS,
      { namespace: scope.namespace, name: "git" },
      { metadata: { annotations: { "projectgitops.dev/expires-at": end.toISOString() } } },
      { type: "merge" },
    );
});

interface Health {
  name: string;
  health: string;
}
