import { join } from "node:path";
import { dump, load } from "js-yaml";
import { scratchFolder } from "../../cluster/index.ts";
import { promtool } from "../../cluster/prometheus.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");

export interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}

interface PrometheusRule {
  kind: string;
  spec: { groups: { name: string; rules: Rule[] }[] };
}

/** What a file of deploy/monitoring holds. */
export const prometheusRule = async (name: string): Promise<PrometheusRule> =>
  load(await Bun.file(join(ROOT, "deploy", "monitoring", name)).text()) as PrometheusRule;

/** A series in promtool's words: name with labels, and values of a sample a minute, such as `0+1x60`. */
export interface Series {
  series: string;
  values: string;
}

/** The labels and annotations that an alert has while it fires. */
export interface Firing {
  exp_labels: Record<string, string>;
  exp_annotations: Record<string, string>;
}

/** Runs promtool's rule tests; empty where all is as expected, else what it says. */
export async function ruleTest(rules: PrometheusRule, test: object): Promise<string> {
  const folder = scratchFolder("alerts");
  await Bun.write(join(folder, "rules.yaml"), dump(rules.spec));
  const file = {
    rule_files: ["rules.yaml"],
    evaluation_interval: "1m",
    tests: [{ interval: "1m", ...test }],
  };
  await Bun.write(join(folder, "tests.yaml"), dump(file));
  const { code, stdout, stderr } = await promtool(["test", "rules", join(folder, "tests.yaml")]);
  return code === 0 ? "" : stdout + stderr;
}

/** Checks a rule file's grammar; what promtool says, and whether it is content. */
export async function checkRules(rules: PrometheusRule): Promise<{ ok: boolean; said: string }> {
  const folder = scratchFolder("alerts");
  await Bun.write(join(folder, "rules.yaml"), dump(rules.spec));
  const { code, stdout, stderr } = await promtool(["check", "rules", join(folder, "rules.yaml")]);
  return { ok: code === 0, said: stdout + stderr };
}
