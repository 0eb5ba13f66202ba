/**
 * Looks for lines of the chart's templates that no suite of deploy/chart/tests holds: takes each line away, or turns
 * its condition round, and runs helm-unittest. Prints what nobody noticed; exit 1 when there is such a line. About
 * four minutes; names of templates as arguments limit it: `scripts/chart/holes.ts service.yaml`.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../test/cluster/binaries.ts";
import { run } from "../../test/cluster/kubectl.ts";

const folder = mkdtempSync(join(tmpdir(), "projectgitops-chart-"));
const chart = join(folder, "chart");
const templates = join(chart, "templates");
cpSync(join(import.meta.dir, "..", "..", "deploy", "chart"), chart, { recursive: true });
const unittest = await program("helm-unittest");
const passes = async () => (await run([unittest, chart])).code === 0;

let tried = 0;
let unnoticed = 0;
try {
  if (!(await passes())) throw new Error("the suites fail as they are: run test/e2e/chart-rendered.test.ts");
  const chosen = process.argv.slice(2);
  for (const name of readdirSync(templates).filter((each) => chosen.length === 0 || chosen.includes(each)))
    await look(name);
} finally {
  rmSync(folder, { recursive: true });
}
process.stdout.write(`${tried} changes, ${unnoticed} of them noticed by no suite\n`);
process.exit(unnoticed === 0 ? 0 : 1);

async function look(name: string): Promise<void> {
  const file = join(templates, name);
  const text = readFileSync(file, "utf8");
  const lines = text.split("\n");
  for (const [at, line] of lines.entries()) {
    const changed = change(line);
    if (changed === undefined) continue;
    tried += 1;
    writeFileSync(file, lines.toSpliced(at, 1, ...changed).join("\n"));
    if (!(await passes())) continue;
    unnoticed += 1;
    process.stdout.write(`${name}:${at + 1}: ${line}\n`);
  }
  writeFileSync(file, text);
}

/** What stands in the place of the line; undefined where nothing that renders can be changed. */
function change(line: string): string[] | undefined {
  const [, start, condition, end] = /^(.*\{\{-? ?)if (.*?)( ?-?\}\}.*)$/.exec(line) ?? [];
  if (condition !== undefined) return [`${start}if not (${condition})${end}`];
  const says = line.trim();
  const isStructure = /^\{\{-? ?(with|range|else|end|define|\$|\/\*)/.test(says);
  return says === "" || says.startsWith("#") || isStructure ? undefined : [];
}
