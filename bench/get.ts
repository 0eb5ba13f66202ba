/**
 * Measures `projectgitops get -A` with 1,000 projects: `npm run bench:get [-- --projects 1000] [--runs 15]`.
 * The compiled program on a control plane of its own, in turn with kubectl and the same objects. Prints a table and
 * the goals that are missed (exit code 1). About a minute.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BunK8sClient } from "../src/kube/index.ts";
import { mustRun, program, scratchFolder, startCluster } from "../test/cluster/index.ts";
import { makeProjects } from "./get/projects.ts";
import { median, type Run, timed } from "./get/runs.ts";
import { table } from "./setup/report.ts";

const ROOT = join(import.meta.dir, "..");
const GOAL = { ms: 1000, megabytes: 150 };
const { values } = parseArgs({
  options: { projects: { type: "string", default: "1000" }, runs: { type: "string", default: "15" } },
});
const count = Number(values.projects);
const note = (line: string) => process.stderr.write(`  ${line}\n`);

note("compiling the program");
const ours = join(scratchFolder("bench"), "projectgitops");
await mustRun([process.execPath, join(ROOT, "scripts", "build.ts"), "--outfile", ours]);
const cluster = await startCluster();
const client = new BunK8sClient(cluster.kubeconfigPath);
note(`making ${count} projects with their statuses`);
await client.createNamespace("platform");
await makeProjects(client, "platform", count);
client.close();

const kubeconfig = ["--kubeconfig", cluster.kubeconfigPath];
const kubectl = await program("kubectl");
const contenders: Record<string, string[]> = {
  "projectgitops get -A": [ours, "get", "-A", ...kubeconfig],
  "projectgitops get -A -o json": [ours, "get", "-A", "-o", "json", ...kubeconfig],
  "kubectl get pgops -A": [kubectl, "get", "pgops", "-A", ...kubeconfig],
  "kubectl get pgops -A -o json": [kubectl, "get", "pgops", "-A", "-o", "json", ...kubeconfig],
  "projectgitops version": [ours, "version"],
};
const runs = new Map<string, Run[]>(Object.keys(contenders).map((name) => [name, []]));
note(`${values.runs} rounds`);
// In turn, so that whatever else the machine does falls on all of them.
for (let round = 0; round <= Number(values.runs); round++) {
  for (const [name, command] of Object.entries(contenders)) {
    const run = await timed(command);
    // The first round fills caches.
    if (round > 0) runs.get(name)?.push(run);
  }
}
await cluster.stop();

const rows = [...runs].map(([name, taken]) => {
  const of = (field: "ms" | "peak" | "cpu") => taken.map((run) => run[field]);
  const most = (field: "ms" | "peak" | "cpu") => Math.max(...of(field)).toFixed(0);
  return [
    name,
    `${median(of("ms")).toFixed(0)} ms`,
    `${most("ms")} ms`,
    `${median(of("cpu")).toFixed(0)} ms`,
    `${most("peak")} MB`,
  ];
});
const machine = `Bun ${Bun.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, shared with the API server and etcd`;
process.stdout.write(
  `${machine}; ${count} projects of three environments, ${values.runs} runs each, in turn.\n\n`,
);
process.stdout.write(`${table(["command", "median", "worst", "CPU", "peak RSS"], rows)}\n\n`);

const listed = runs.get("projectgitops get -A") ?? [];
const lines = listed[0]?.stdout.trimEnd().split("\n").length ?? 0;
const checks: [boolean, string][] = [
  [lines === count + 1, `get -A printed ${lines} lines for ${count} projects`],
  [
    median(listed.map(({ ms }) => ms)) < GOAL.ms,
    `get -A: median ${median(listed.map(({ ms }) => ms)).toFixed(0)} ms, goal below ${GOAL.ms}`,
  ],
  [
    Math.max(...listed.map(({ peak }) => peak)) < GOAL.megabytes,
    `get -A: ${Math.max(...listed.map(({ peak }) => peak)).toFixed(0)} MB at its peak, goal below ${GOAL.megabytes}`,
  ],
];
const missed = checks.filter(([met]) => !met);
for (const [, goal] of missed) process.stdout.write(`MISSED  ${goal}\n`);
process.exit(missed.length === 0 ? 0 : 1);
