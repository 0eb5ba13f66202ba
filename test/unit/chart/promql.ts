import { Metrics } from "../../../src/runtime/metrics.ts";

/** What Prometheus adds to every series of a target. */
const TARGET_LABELS = ["namespace", "pod", "instance", "job", "le"];
/** Words of PromQL that look like a metric's or label's name. */
const METRIC = /\b((?:projectgitops|process|nodejs)_[a-z0-9_]+)\b/g;

/**
 * What a query names that the operator does not have: metrics, and labels of them. Empty when all is there. The
 * names come from the operator's own registry, so a metric that is renamed is found out here.
 */
export async function metricProblems(query: string): Promise<string[]> {
  const known = await knownMetrics();
  const names = [...query.matchAll(METRIC)].map(([, name = ""]) => name);
  if (names.length === 0) return [`no metric of ours: ${query}`];
  const unknown = names.filter((name) => !known.has(name)).map((name) => `no such metric: ${name}`);
  const labels = new Set([...TARGET_LABELS, ...names.flatMap((name) => known.get(name) ?? [])]);
  const unheard = labelsIn(query).filter((label) => !labels.has(label));
  return [...unknown, ...unheard.map((label) => `no such label: ${label}`)];
}

/** Labels of matchers, of `by (…)` and of `on (…)`. */
function labelsIn(query: string): string[] {
  const matched = [...query.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = ""]) =>
    [...inside.matchAll(/([a-z_]+) *(?:=~|!~|!=|=) *"/g)].map(([, label = ""]) => label),
  );
  const grouped = [...query.matchAll(/\b(?:by|on|without|ignoring) *\(([^)]*)\)/g)].flatMap(
    ([, inside = ""]) => inside.split(",").map((label) => label.trim()),
  );
  return [...matched, ...grouped].filter((label) => label !== "");
}

/** Every series' name, a histogram's three among them, with the labels that it may have. */
async function knownMetrics(): Promise<Map<string, string[]>> {
  const { registry } = new Metrics(() => []);
  const found = new Map<string, string[]>();
  for (const { name, type } of await registry.getMetricsAsJSON()) {
    const labels = (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
    const suffixes = String(type) === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const suffix of suffixes) found.set(`${name}${suffix}`, labels);
  }
  return found;
}
