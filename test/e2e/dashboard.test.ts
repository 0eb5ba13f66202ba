import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ROWS } from "../../scripts/dashboard.ts";
import { Metrics } from "../../src/runtime/metrics.ts";
import { eventually } from "../cluster/index.ts";
import { type Prometheus, startPrometheus } from "../cluster/prometheus.ts";
import { metricProblems } from "../unit/chart/promql.ts";

const FILE = join(import.meta.dir, "..", "..", "deploy", "monitoring", "dashboard.json");
const PANELS = Object.values(ROWS).flat();
const queries = PANELS.flatMap(({ title, queries }) => queries.map(({ expr }) => [title, expr] as const));

interface Dashboard {
  panels: { type: string; gridPos: Box; targets?: { expr: string }[] }[];
  templating: { list: { type: string; query: string | { query: string } }[] };
}
interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
const dashboard = (await Bun.file(FILE).json()) as Dashboard;

/** As Grafana sends it when all is selected. */
const asSent = (expr: string): string =>
  expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$[a-z_]+/g, ".*");

test("its file has just these queries", () => {
  const inFile = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  expect(inFile).toEqual(queries.map(([, expr]) => expr));
});

test("no panel covers another, and each is within the 24 columns", () => {
  const boxes = dashboard.panels.map(({ gridPos }) => gridPos);
  const covered = boxes.filter((a, i) => boxes.some((b, j) => i < j && overlap(a, b)));
  expect(covered).toEqual([]);
  expect(boxes.filter(({ x, w }) => x + w > 24)).toEqual([]);
});

test("its variables ask for metrics and labels that are there", async () => {
  for (const { query, type } of dashboard.templating.list) {
    if (type !== "query" || typeof query === "string") continue;
    const [, metric = "", label = ""] = /^label_values\((\w+), (\w+)\)$/.exec(query.query) ?? [];
    expect(await metricProblems(`sum by (${label}) (${metric})`)).toEqual([]);
  }
});

test.each(queries)("%s names metrics and labels that the operator has: %s", async (_, expr) => {
  expect(await metricProblems(asSent(expr))).toEqual([]);
});

test("a query of a metric or label that is not there would be found out", async () => {
  expect(await metricProblems("sum by (phases) (projectgitops_project_info)")).toEqual([
    "no such label: phases",
  ]);
  expect(await metricProblems('projectgitops_project{name="a"}')).not.toEqual([]);
});

describe("a real Prometheus that scrapes the operator's registry", () => {
  let prometheus: Prometheus;
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: scrape });
  const metrics = busyOperator();

  beforeAll(async () => {
    const config = `
scrape_configs:
  - job_name: projectgitops
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:${server.port}"]
        labels: {namespace: projectgitops-system}
`;
    prometheus = await startPrometheus(config);
    const twice = "count_over_time(projectgitops_leader[1m]) > 2";
    await eventually(async () => (await prometheus.query(twice)).length > 0, {
      description: "Prometheus has three samples",
    });
  }, 60_000);
  afterAll(async () => {
    await prometheus?.stop();
    await server.stop(true);
  });

  test.each(queries)("has an answer to %s: %s", async (_, expr) => {
    const answer = await prometheus.query(asSent(expr));
    expect(answer.length).toBeGreaterThan(0);
    expect(answer.filter(({ value }) => Number.isNaN(value))).toEqual([]);
  });

  /** Something of everything happens between two scrapes. */
  async function scrape(): Promise<Response> {
    for (const outcome of ["settled", "error"]) metrics.reconciles.inc({ outcome });
    for (const each of ["reconcileDuration", "setupDuration", "pollDuration"] as const)
      metrics[each].observe(0.2);
    metrics.rotations.rotated();
    for (const code of [200, 403])
      metrics.onResponse({
        verb: "get",
        resource: "secrets",
        code,
        durationMs: 12,
      } as Parameters<Metrics["onResponse"]>[0]);
    return new Response(await metrics.text());
  }
});

function busyOperator(): Metrics {
  const shop = { namespace: "platform", name: "shop", project: "shop", suspended: false };
  const credentialExpiry = Date.now() / 1000 + 86_400;
  const metrics = new Metrics(() => [
    { ...shop, phase: "COMPLETED", ready: "True", credentialExpiry },
    { ...shop, name: "pay", project: "pay", phase: "FAILED", ready: "False" },
  ]);
  metrics.leader.set(1);
  metrics.pollSuccess.set(Date.now() / 1000);
  return metrics;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
