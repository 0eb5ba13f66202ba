/** Requests of the operator by verb and code, as its /metrics tells them. */
export type Requests = Map<string, number>;

const LINE = /^projectgitops_api_requests_total\{(?<labels>.*)\} (?<count>\d+)$/;

/** Reads the operator's own count; polls (lists) and events are left out, since they are not the set-up's. */
export function readRequests(metrics: string): Requests {
  const requests: Requests = new Map();
  for (const line of metrics.split("\n")) {
    const { labels = "", count = "0" } = LINE.exec(line)?.groups ?? {};
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    if (labels === "" || label("verb") === "list" || label("resource") === "events") continue;
    const key = `${label("verb")} ${label("code")}`;
    requests.set(key, (requests.get(key) ?? 0) + Number(count));
  }
  return requests;
}

/** `21 requests: 18 create, 1 get, 2 patch; none refused`: what came between two readings. */
export function requestsBetween(before: Requests, after: Requests): string {
  const byVerb = new Map<string, number>();
  let refused = 0;
  for (const [key, count] of after) {
    const [verb = "", code = ""] = key.split(" ");
    const added = count - (before.get(key) ?? 0);
    if (added === 0) continue;
    byVerb.set(verb, (byVerb.get(verb) ?? 0) + added);
    if (!code.startsWith("2")) refused += added;
  }
  const total = [...byVerb.values()].reduce((sum, count) => sum + count, 0);
  const verbs = [...byVerb].toSorted().map(([verb, count]) => `${count} ${verb}`);
  return `${total} requests: ${verbs.join(", ")}; ${refused === 0 ? "none" : refused} refused`;
}
