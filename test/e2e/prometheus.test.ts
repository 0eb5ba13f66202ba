import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { TRI_STATE } from "../../src/api/conditions.ts";
import { PHASES } from "../../src/api/phases.ts";
import {
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
} from "../api/support/scope.ts";
import { eventually } from "../cluster/index.ts";
import { type Prometheus, promtool, startPrometheus } from "../cluster/prometheus.ts";
import { blockWith, readPage, replacedOnce } from "../docs/page.ts";
import { stopwatch } from "./support/times.ts";

/** Every metric of the operator (DESIGN section 8): its type, and its labels with all the values they may have. */
const METRICS: Record<string, { type: string; labels: Record<string, (value: string) => boolean> }> = {
  project_info: {
    type: "gauge",
    labels: {
      exported_namespace: (value) => value === scope.namespace,
      name: (value) => names.includes(value),
      project: (value) => names.includes(value),
      phase: oneOf(PHASES),
      ready: oneOf(TRI_STATE),
      suspended: oneOf(["true", "false"]),
    },
  },
  credential_expiry_timestamp_seconds: {
    type: "gauge",
    labels: {
      exported_namespace: (value) => value === scope.namespace,
      name: (value) => names.includes(value),
      project: (value) => names.includes(value),
    },
  },
  credential_rotations_total: { type: "counter", labels: { outcome: oneOf(["rotated", "failed"]) } },
  reconcile_total: {
    type: "counter",
    labels: { outcome: oneOf(["settled", "waiting", "failed", "removed", "outdated", "error"]) },
  },
  reconcile_duration_seconds: { type: "histogram", labels: { le: isBucket } },
  setup_duration_seconds: { type: "histogram", labels: { le: isBucket } },
  poll_duration_seconds: { type: "histogram", labels: { le: isBucket } },
  poll_last_success_timestamp_seconds: { type: "gauge", labels: {} },
  queue_depth: { type: "gauge", labels: {} },
  api_requests_total: {
    type: "counter",
    labels: {
      verb: isVerb,
      resource: (value) => resources.has(value),
      code: (value) => /^([2-5]\d\d|error)$/.test(value),
    },
  },
  api_request_duration_seconds: { type: "histogram", labels: { le: isBucket, verb: isVerb } },
  leader: { type: "gauge", labels: {} },
};

const PAGE = readPage("docs/install-flux.md");
const names = [uniqueProject(), uniqueProject(), uniqueProject()];
const OURS = '{__name__=~"projectgitops_.+"}';
let scope: Scope;
let prometheus: Prometheus;
/** What the operator's ClusterRole lets it ask for, subresources included. */
let resources: Set<string>;

beforeAll(async () => {
  resources = await grantedResources();
  scope = await openScope();
  await giveCredential(scope);
  const annotations = { "projectgitops.dev/expires-at": "2030-01-01T00:00:00Z" };
  await scope.admin.patch(
    SECRETS,
    { namespace: scope.namespace, name: "git" },
    { metadata: { annotations } },
    { type: "merge" },
  );
  for (const name of names) await scope.admin.create(PROJECTS, projectObject(scope.namespace, name));
  for (const name of names) await untilPhase(scope, name, "COMPLETED");
  const config = replacedOnce(blockWith(PAGE, "scrape_configs:").text, {
    "projectgitops.projectgitops-system.svc:8080": new URL(scope.operator.address).host,
    "scrape_interval: 30s": "scrape_interval: 1s",
  });
  const rules = blockWith(PAGE, "alert: ProjectNotReady").text;
  const done = stopwatch("start of Prometheus to the first scrape");
  prometheus = await startPrometheus(`global: {evaluation_interval: 1s}\n${config}`, {
    "projectgitops.rules.yml": rules,
  });
  await eventually(async () => (await prometheus.query("up == 1")).length === 1, {
    description: "Prometheus has scraped the operator",
  });
  done();
}, 180_000);
afterAll(async () => {
  await prometheus?.stop();
  await scope?.stop();
});

test("Prometheus has every metric, each with its type, and no other of ours", async () => {
  const metadata = await prometheus.api<Record<string, { type: string; help: string }[]>>("metadata");
  const ours = Object.entries(metadata).filter(([name]) => name.startsWith("projectgitops_"));
  const types = ours.map(([name, [first]]) => [name, first?.type]);
  const expected = Object.entries(METRICS).map(([name, { type }]) => [`projectgitops_${name}`, type]);
  expect(Object.fromEntries(types)).toEqual(Object.fromEntries(expected));
  expect(await namesWithSeries()).toEqual(Object.keys(METRICS).sort());
});

test("no label has a value from outside its fixed set, and only project_info and the credentials' expiry name projects", async () => {
  const unbounded = (await series()).flatMap(({ metric, labels }) =>
    Object.entries(labels)
      .filter(([label, value]) => !METRICS[metric]?.labels[label]?.(value))
      .map(([label, value]) => `${metric}{${label}="${value}"}`),
  );
  expect(unbounded).toEqual([]);
});

test("the target's own namespace and the project's stand beside each other", async () => {
  const [info] = await prometheus.query(`projectgitops_project_info{name="${names[0]}"}`);
  expect(info?.labels).toMatchObject({
    namespace: "projectgitops-system",
    exported_namespace: scope.namespace,
    project: names[0] ?? "",
    phase: "COMPLETED",
    suspended: "false",
  });
});

test("the values are those of this operator", async () => {
  const value = async (promql: string) => (await prometheus.query(promql))[0]?.value;
  expect(await value("projectgitops_leader")).toBe(1);
  expect(await value("projectgitops_setup_duration_seconds_count")).toBe(names.length);
  expect(await value("time() - projectgitops_poll_last_success_timestamp_seconds")).toBeLessThan(30);
  const creates = 'sum(projectgitops_api_requests_total{verb="create",resource="namespaces",code="201"})';
  expect(await value(creates)).toBe(3 * names.length);
});

describe("promtool", () => {
  test("finds nothing to complain of in our metrics", async () => {
    const lines = (await scope.operator.metrics()).split("\n");
    // prom-client's own nodejs_ and process_ metrics do not all follow the naming rules.
    const ours = lines.filter((line) => /^(# (HELP|TYPE) )?projectgitops_/.test(line));
    expect(ours.filter((line) => line.startsWith("# TYPE"))).toHaveLength(Object.keys(METRICS).length);
    const { code, stdout, stderr } = await promtool(["check", "metrics"], `${ours.join("\n")}\n`);
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: "" });
  });

  test("would complain of a counter that is not named one", async () => {
    const metric = "# HELP projectgitops_passes Passes.\n# TYPE projectgitops_passes counter\n";
    const { code, stderr } = await promtool(["check", "metrics"], `${metric}projectgitops_passes 1\n`);
    expect(code).not.toBe(0);
    expect(stderr).toContain("_total");
  });
});

test("the alert of docs/install-flux.md is pending for projects that are not Ready, and no other is", async () => {
  const pending = await eventually(
    async () => {
      const alerts = await prometheus.query('ALERTS{alertname="ProjectNotReady"}');
      return alerts.length === names.length && alerts;
    },
    { description: "an alert is pending for each project" },
  );
  expect(pending.map(({ labels }) => labels["name"]).sort()).toEqual([...names].sort());
  expect(await prometheus.query('ALERTS{alertname="ProjectGitOpsDoesNotPoll"}')).toEqual([]);
});

test("a project that is removed leaves no series behind", async () => {
  const [removed = ""] = names;
  await scope.admin.delete(PROJECTS, { namespace: scope.namespace, name: removed });
  await eventually(
    async () => (await prometheus.query(`projectgitops_project_info{name="${removed}"}`)).length === 0,
    { description: `Prometheus has no project_info of ${removed} any more`, deadlineMs: 40_000 },
  );
  expect(await prometheus.query("projectgitops_project_info")).toHaveLength(names.length - 1);
}, 60_000);

interface Series {
  /** Without the prefix and a histogram's suffix. */
  metric: string;
  /** Without those of the target. */
  labels: Record<string, string>;
}

async function series(): Promise<Series[]> {
  const found = await prometheus.api<Record<string, string>[]>(`series?match[]=${encodeURIComponent(OURS)}`);
  return found.map(({ __name__ = "", job: _, instance: __, namespace: ___, ...labels }) => ({
    metric: __name__.replace(/^projectgitops_/, "").replace(/_seconds_(bucket|sum|count)$/, "_seconds"),
    labels,
  }));
}

const namesWithSeries = async (): Promise<string[]> =>
  [...new Set((await series()).map(({ metric }) => metric))].sort();

async function grantedResources(): Promise<Set<string>> {
  const path = join(import.meta.dir, "..", "..", "deploy", "cluster-role.yaml");
  const roles = loadAll(await Bun.file(path).text()) as (ClusterRole & { kind: string })[];
  return new Set(roles.flatMap(({ rules = [] }) => rules.flatMap(({ resources = [] }) => resources)));
}

function oneOf(values: readonly string[]): (value: string) => boolean {
  return (value) => values.includes(value);
}

function isBucket(value: string): boolean {
  return value === "+Inf" || Number(value) > 0;
}

function isVerb(value: string): boolean {
  return ["get", "list", "create", "update", "patch", "delete", "deletecollection", "watch"].includes(value);
}
