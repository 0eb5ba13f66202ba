import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { scratchFolder } from "../cluster/index.ts";
import { promtool, startPrometheus } from "../cluster/prometheus.ts";

const ROOT = join(import.meta.dir, "..", "..");
const FILE = "deploy/monitoring/credential-alerts.yaml";

interface Rule {
  alert: string;
  expr: string;
  annotations: { summary: string; description: string; runbook: string };
}
interface PrometheusRule {
  kind: string;
  spec: { groups: { rules: Rule[] }[] };
}
const { kind, spec } = load(await Bun.file(join(ROOT, FILE)).text()) as PrometheusRule;
const rules = spec.groups.flatMap((group) => group.rules);

const DAY = 86_400;
const PROJECT = { exported_namespace: "platform", name: "shop", project: "shop" };
/** A sample a minute, for two hours; Prometheus' time begins at 0. */
const ends = (at: number) => ({
  series: `projectgitops_credential_expiry_timestamp_seconds{exported_namespace="platform",name="shop",project="shop"}`,
  values: `${at}x120`,
});
const failed = (values: string) => ({
  series: 'projectgitops_credential_rotations_total{outcome="failed"}',
  values,
});

/** Has promtool say which alerts fire at this minute, as PromQL sees them. */
async function expectFiring(
  minute: number,
  series: object,
  expected: readonly { labels: string; value: number }[],
): Promise<void> {
  const folder = scratchFolder("alerts");
  const promql = {
    expr: 'ALERTS{alertstate="firing"}',
    eval_time: `${minute}m`,
    exp_samples: expected,
  };
  const tests = [{ interval: "1m", input_series: [series], promql_expr_test: [promql] }];
  await Bun.write(join(folder, "rules.yaml"), dump(spec));
  await Bun.write(
    join(folder, "tests.yaml"),
    dump({ rule_files: ["rules.yaml"], evaluation_interval: "1m", tests }),
  );
  const { code, stdout, stderr } = await promtool(["test", "rules", join(folder, "tests.yaml")]);
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
}

const alert = (name: string, severity: string, labels: Record<string, string>) => {
  const all = { alertname: name, alertstate: "firing", severity, ...labels };
  const text = Object.entries(all)
    .map(([key, value]) => `${key}="${value}"`)
    .join(",");
  return [{ labels: `ALERTS{${text}}`, value: 1 }];
};

test("is a PrometheusRule that promtool has nothing to complain of", async () => {
  expect(kind).toBe("PrometheusRule");
  const folder = scratchFolder("alerts");
  await Bun.write(join(folder, "rules.yaml"), dump(spec));
  const { code, stdout, stderr } = await promtool(["check", "rules", join(folder, "rules.yaml")]);
  expect({ code, said: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, said: "" });
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
});

describe("fires", () => {
  test("as a warning when a credential ends within seven days, and not before", async () => {
    const expiring = alert("ProjectGitOpsCredentialExpiring", "warning", PROJECT);
    await expectFiring(60, ends(6 * DAY), expiring);
    await expectFiring(60, ends(8 * DAY), []);
  });

  test("as critical when it has ended, and no more as a warning", async () => {
    await expectFiring(60, ends(1800), alert("ProjectGitOpsCredentialExpired", "critical", PROJECT));
  });

  test("when rotations go on failing, and is over when they do not", async () => {
    const failing = alert("ProjectGitOpsCredentialRotationFailing", "warning", {});
    await expectFiring(60, failed("0+0.2x120"), failing);
    await expectFiring(110, failed("0x20 1+0.2x20 5x80"), []);
    await expectFiring(60, failed("3x120"), []);
  });
});

test("a real Prometheus loads them, and each names the page's part that says what to do", async () => {
  const config = "global: {scrape_interval: 1s}\nrule_files: [rules.yaml]\n";
  const prometheus = await startPrometheus(config, { "rules.yaml": dump(spec) });
  try {
    const { groups } = await prometheus.api<{ groups: { rules: { name: string; health: string }[] }[] }>(
      "rules",
    );
    expect(groups.flatMap((group) => group.rules.map(({ name }) => name))).toEqual(
      rules.map((rule) => rule.alert),
    );
  } finally {
    await prometheus.stop();
  }
  const page = await Bun.file(join(ROOT, "docs", "credentials.md")).text();
  const parts = [...page.matchAll(/^##+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const { annotations } of rules) {
    const [file, part = ""] = annotations.runbook.split("#");
    expect(file).toBe("docs/credentials.md");
    expect(parts).toContain(part);
    expect(annotations.summary && annotations.description).toBeTruthy();
  }
});
