import type { Size } from "./measure.ts";
import { ENVIRONMENTS } from "./projects.ts";
import { type Counts, total } from "./requests.ts";

/** Rows of cells as a Markdown table, which also reads well in a terminal. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const times = (value: number): string => `${value.toFixed(2)} ×`;
const megabytes = (value: number): string => `${value.toFixed(0)} MB`;

/** Everything that was measured, as Markdown. */
export function report(
  sizes: readonly Size[],
  firstRequests: readonly number[],
  steadySeconds: number,
): string {
  const parts = [setupTable(sizes), requestTable(sizes)];
  if (sizes.some(({ steady }) => steady)) parts.push(steadyTable(sizes, steadySeconds), reactionTable(sizes));
  const median = firstRequests[Math.floor(firstRequests.length / 2)];
  if (median !== undefined)
    parts.push(
      `Compiled program, start to first request: median ${median.toFixed(0)} ms of ${firstRequests.length} starts (goal: below 150 ms).`,
    );
  return parts.join("\n\n");
}

/** Goals of the issues that these figures are held against. */
export function missedGoals(sizes: readonly Size[], firstRequests: readonly number[]): string[] {
  const hundred = sizes.find(({ projects }) => projects === 100);
  const ratio = hundred ? hundred.setup.span / (hundred.writers["BunK8sClient"]?.ms ?? Number.NaN) : 0;
  const median = firstRequests[Math.floor(firstRequests.length / 2)] ?? 0;
  const checks: [boolean, string][] = [
    [ratio <= 1.2, `100 projects: ${times(ratio)} the raw writer, goal 1.2`],
    [!hundred || hundred.rss < 110, `100 projects: ${megabytes(hundred?.rss ?? 0)} RSS, goal below 110`],
    [median < 150, `start to first request: ${median.toFixed(0)} ms, goal below 150`],
    ...sizes.flatMap(missedLater),
    ...sizes.map((size): [boolean, string] => [
      overBudget(size) === "",
      `${size.projects} projects: ${overBudget(size)}`,
    ]),
  ];
  return checks.filter(([met]) => !met).map(([, goal]) => goal);
}

const MINUTE_MS = 60_000;
const MOST_A_MINUTE = 60;

/** Of the steady state and of reactions; both with the default settings: poll 5 s, resync 60 s. */
function missedLater({ projects, steady }: Size): [boolean, string][] {
  if (!steady) return [];
  const { ready, reaction } = steady;
  const sent = total(ready.lists) + total(ready.work) + ready.looks + ready.leases;
  return [
    [
      sent <= MOST_A_MINUTE,
      `${projects} projects: ${sent} requests in the steady minute, goal ${MOST_A_MINUTE}`,
    ],
    [
      reaction.drift <= MINUTE_MS + 2000,
      `${projects} projects: drift repaired in ${seconds(reaction.drift)}`,
    ],
    // Polls are 5 s ±10 % apart.
    [reaction.change <= 6500, `${projects} projects: a change in force in ${seconds(reaction.change)}`],
  ];
}

function reactionTable(sizes: readonly Size[]): string {
  const rows = sizes.flatMap(({ projects, steady }) =>
    steady ? [[String(projects), seconds(steady.reaction.drift), seconds(steady.reaction.change)]] : [],
  );
  return table(["projects", "deleted Secret → back (goal 62 s)", "changed path → in force (goal 6 s)"], rows);
}

/** The creates, one GET of the credential, one finalizer patch, two status patches a project. */
function overBudget({ projects, setup }: Size): string {
  const most = projects * (ENVIRONMENTS.length * 6 + 4);
  const sent = total(setup.work);
  const counts = Object.entries(setup.work).map(([what, count]) => `${count} ${what}`);
  return sent <= most ? "" : `${sent} requests, budget ${most} (${counts.join(", ")})`;
}

function setupTable(sizes: readonly Size[]): string {
  const writers = Object.keys(sizes[0]?.writers ?? {});
  const rows = sizes.map(({ projects, total: all, setup, rss, peak, processor, writers: raw }) => {
    const own = raw["BunK8sClient"]?.ms ?? Number.NaN;
    return [
      String(projects),
      seconds(all),
      seconds(setup.span),
      ...writers.map((name) => seconds(raw[name]?.ms ?? Number.NaN)),
      times(setup.span / own),
      times(all / own),
      `${megabytes(rss)}, peak ${megabytes(peak)}`,
      seconds(processor),
      seconds(raw["BunK8sClient"]?.cpu ?? Number.NaN),
    ];
  });
  const head = [
    "projects",
    "apply → all COMPLETED",
    "of it working",
    ...writers.map((name) => `raw writer, ${name}`),
  ];
  return table([...head, "working ÷ raw", "whole ÷ raw", "RSS", "CPU", "CPU of the raw writer"], rows);
}

function requestTable(sizes: readonly Size[]): string {
  const verbs = [...new Set(sizes.flatMap(({ setup }) => Object.keys(byVerb(setup.work))))].sort();
  const rows = sizes.map((size) => {
    const environments = size.projects * ENVIRONMENTS.length;
    const counts = byVerb(size.setup.work);
    return [
      String(size.projects),
      ...verbs.map((verb) => ((counts[verb] ?? 0) / environments).toFixed(2)),
      (total(size.setup.work) / environments).toFixed(2),
      (size.setup.looks / environments).toFixed(2),
      (size.setup.events / environments).toFixed(2),
      String(total(size.setup.lists)),
      String(size.setup.leases),
      overBudget(size) === "" ? "kept" : "missed",
    ];
  });
  return table(
    [
      "projects",
      ...verbs.map((verb) => `${verb} an environment`),
      "all",
      "looks at Flux",
      "events",
      "lists (whole run)",
      "lease",
      "budget",
    ],
    rows,
  );
}

function steadyTable(sizes: readonly Size[], forSeconds: number): string {
  const perMinute = (count: number) => (count * (60 / forSeconds)).toFixed(0);
  const rows = sizes.flatMap(({ projects, steady }) => {
    if (!steady) return [];
    const { waiting, ready, processor, rss } = steady;
    const row = (state: string, { work, lists, looks, leases }: typeof waiting, more: string[]) => [
      String(projects),
      state,
      perMinute(total(lists)),
      perMinute(looks),
      perMinute(total(work)),
      perMinute(leases),
      ...more,
    ];
    return [
      row("waiting for Flux", waiting, ["", ""]),
      row("all Ready", ready, [`${(processor / (forSeconds * 10)).toFixed(1)} %`, megabytes(rss)]),
    ];
  });
  return table(
    ["projects", "state", "lists a minute", "looks at Flux", "other requests", "lease", "CPU", "RSS"],
    rows,
  );
}

function byVerb(counts: Counts): Counts {
  const verbs: Counts = {};
  for (const [key, count] of Object.entries(counts)) {
    const verb = key.split(" ")[0] ?? "";
    verbs[verb] = (verbs[verb] ?? 0) + count;
  }
  return verbs;
}
