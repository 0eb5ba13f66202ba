/**
 * Measures the operator: `npm run bench [-- --projects 1,20,100] [--steady 60] [--source] [--write]`.
 * For each number of projects of three environments, on a control plane of its own: time from apply to all
 * COMPLETED, requests, memory, beside raw writers of the same objects; then with the default settings one minute each
 * of waiting for Flux and of steady state, a hand's drift and a change of the spec; at last start to first request. Prints tables and the goals that are missed (exit code 1);
 * --write puts them into docs/measured.md with commit and date. About thirteen minutes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mustRun, scratchFolder } from "../test/cluster/index.ts";
import { firstRequests } from "./setup/first-request.ts";
import { measure, POLL, type Size } from "./setup/measure.ts";
import { missedGoals, report } from "./setup/report.ts";

const ROOT = join(import.meta.dir, "..");
const { values } = parseArgs({
  options: {
    projects: { type: "string", default: "1,20,100" },
    /** Seconds of each steady state; 0 leaves them out. */
    steady: { type: "string", default: "60" },
    /** Runs src/main.ts instead of the compiled program. */
    source: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

const note = (line: string) => process.stderr.write(`  ${line}\n`);
const program = values.source ? [process.execPath, join(ROOT, "src", "main.ts")] : [await compile()];
const steady = Number(values.steady);

const sizes: Size[] = [];
for (const count of values.projects.split(",").map(Number))
  sizes.push(await measure(count, program, steady * 1000, note));
note("start to first request");
const starts = await firstRequests(program, 11);

const machine = `Bun ${Bun.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, shared by operator, API server and etcd; set-up with polls every ${POLL}, the rest with the default settings`;
const text = `${machine}.\n\n${report(sizes, starts, steady)}`;
process.stdout.write(`${text}\n`);
const missed = missedGoals(sizes, starts);
for (const goal of missed) process.stdout.write(`MISSED  ${goal}\n`);
if (values.write) await write(text);
process.exit(missed.length === 0 ? 0 : 1);

async function compile(): Promise<string> {
  const outfile = join(scratchFolder("bench"), "projectgitops");
  note("compiling the program");
  await mustRun([process.execPath, join(ROOT, "scripts", "build.ts"), "--outfile", outfile]);
  return outfile;
}

/** Replaces what stands between the two marks. */
async function write(body: string): Promise<void> {
  const path = join(ROOT, "docs", "measured.md");
  const commit = (await mustRun(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"])).trim();
  const [begin, end] = ["<!-- setup:begin -->", "<!-- setup:end -->"];
  const page = readFileSync(path, "utf8");
  const [before, rest = ""] = page.split(begin);
  const after = rest.split(end)[1];
  if (after === undefined) throw new Error(`${path} lacks the marks ${begin} and ${end}`);
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(path, `${before}${begin}\nCommit ${commit}, ${date}. ${body}\n${end}${after}`);
  note(`written: ${path}`);
}
