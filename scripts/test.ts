/**
 * Runs the tests: `scripts/test.ts --folders=test/unit,test/api [path or bun test option …]`. Paths replace the
 * folders. Gets the test cluster's programs first and starts a control plane for each lane that needs one
 * (test-lanes.ts). The last line is `N passed, N failed`; exit code 0 only when something ran and nothing failed.
 */
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { programs } from "../test/cluster/binaries.ts";
import { startCluster } from "../test/cluster/control-plane.ts";
import { helmCrds } from "../test/cluster/crds.ts";
import { dieWithUs } from "../test/cluster/janitor.ts";
import { PERMISSIONS_FOLDER } from "../test/cluster/permissions.ts";
import { CONTROL_PLANE, END_TO_END } from "../test/cluster/programs.ts";
import { handOver } from "../test/cluster/shared.ts";
import { permissionRunOf, permissionsFolder } from "./permission-runs.ts";
import { type Lane, lanesOf } from "./test-lanes.ts";

/** Milliseconds that one test may take where it does not say otherwise. */
const TEST_TIMEOUT = 60_000;
/** So many of the slowest files are named at the end of a run of more. */
const MANY = 20;

interface Counts {
  passed: number;
  failed: number;
}

/** One file's part of a run. */
interface FileCounts extends Counts {
  seconds: number;
}

const { paths, options } = parseArguments(process.argv.slice(2));
const counts = await runTests().catch((error: Error) => {
  process.stderr.write(`error: ${error.message}\n`);
  return { passed: 0, failed: 1 };
});
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

function parseArguments(args: string[]): { paths: string[]; options: string[] } {
  const folders =
    args
      .find((arg) => arg.startsWith("--folders="))
      ?.slice("--folders=".length)
      .split(",") ?? [];
  const rest = args.filter((arg) => !arg.startsWith("--folders="));
  const chosen = rest.filter((arg) => existsSync(arg));
  return {
    // Without ./ bun test takes a path for a part of a name.
    paths: (chosen.length > 0 ? chosen : folders).map((path) => (/^[./]/.test(path) ? path : `./${path}`)),
    options: rest.filter((arg) => !chosen.includes(arg)),
  };
}

/**
 * With PROJECTGITOPS_RETRY_FILES=1, as CI sets it, files with a failure are run once more, alone: what holds then is
 * told as flaky, by name, and counts as passed. Everything here runs against real servers on whatever the machine
 * gives; a defect fails twice.
 */
async function runTests(): Promise<Counts> {
  const lanes = lanesOf(paths);
  const endToEnd = lanes.some(({ isEndToEnd }) => isEndToEnd);
  if (paths.some((path) => /test\/(api|e2e|faults)/.test(path)))
    await programs([...CONTROL_PLANE, ...(endToEnd ? END_TO_END : [])]);
  collectPermissions();
  const first = merged(await Promise.all(lanes.map((lane, place) => runLane(lane, place > 0))));
  tellSlowest(first.files);
  const files = [...first.files].filter(([, { failed }]) => failed > 0).map(([file]) => file);
  const total = withCrash(sum(first.files), first.code);
  if (process.env["PROJECTGITOPS_RETRY_FILES"] !== "1" || files.length === 0) return total;
  process.stdout.write(`\nonce more, alone: ${files.join(", ")}\n`);
  const again = { files: files.map((file) => `./${file}`), needsCluster: true, isEndToEnd: endToEnd };
  const second = await runLane(again, false);
  for (const file of files)
    if (second.files.get(file)?.failed === 0)
      process.stdout.write(`flaky: ${file} failed once and then passed\n`);
  return withCrash(sum(new Map([...first.files, ...second.files])), second.code);
}

/** For the table of test-lanes.ts, which spreads the files by how long they last. */
function tellSlowest(files: Run["files"]): void {
  if (files.size < MANY) return;
  const slowest = [...files].toSorted(([, a], [, b]) => b.seconds - a.seconds).slice(0, MANY);
  const told = slowest.map(([file, { seconds }]) => `${basename(file)} ${Math.round(seconds)} s`);
  process.stdout.write(`\nthe slowest files: ${told.join(", ")}\n`);
}

/** A whole run notes the rights that operators use, for `npm run permissions`; the notes of the one before go. */
function collectPermissions(): void {
  const run = permissionRunOf(paths);
  if (run === undefined || options.length > 0) return;
  rmSync(permissionsFolder(run), { recursive: true, force: true });
  process.env[PERMISSIONS_FOLDER] = permissionsFolder(run);
}

interface Run {
  files: Map<string, FileCounts>;
  code: number;
}

function merged(runs: Run[]): Run {
  const files = new Map(runs.flatMap((run) => [...run.files]));
  return { files, code: Math.max(...runs.map(({ code }) => code)) };
}

async function runLane({ files, needsCluster, isEndToEnd }: Lane, quietly: boolean): Promise<Run> {
  if (!needsCluster) return bunRun({}, files, quietly);
  const cluster = await startCluster({ crds: isEndToEnd ? await helmCrds() : [] });
  try {
    return await bunRun(handOver(cluster), files, quietly);
  } finally {
    await cluster.stop();
  }
}

/** @param quietly prints what comes when it ends, so that two runs do not talk at once */
async function bunRun(
  env: Record<string, string>,
  chosen: readonly string[],
  quietly: boolean,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "projectgitops-report-"));
  const report = join(folder, "junit.xml");
  const output = join(folder, "output");
  const told = quietly ? openSync(output, "a") : ("inherit" as const);
  try {
    const child = Bun.spawn(
      [
        process.execPath,
        "test",
        `--timeout=${TEST_TIMEOUT}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...options,
        ...chosen,
      ],
      {
        env: { ...process.env, ...env },
        stdio: ["inherit", told, told],
      },
    );
    dieWithUs(child);
    const stop = (signal: NodeJS.Signals) => child.kill(signal);
    process.once("SIGINT", stop).once("SIGTERM", stop);
    const code = await child.exited;
    if (quietly) process.stdout.write(readFileSync(output));
    return { files: readReport(report), code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The report's counts, file by file; none when bun ended before it wrote one. */
function readReport(path: string): Map<string, FileCounts> {
  if (!existsSync(path)) return new Map();
  const suites = readFileSync(path, "utf8").matchAll(/<testsuite name="([^"]*)" file="\1" [^>]*>/g);
  return new Map(
    [...suites].map(([element, file = ""]) => {
      const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(element)?.[1] ?? 0);
      const failed = count("failures") + count("errors");
      const seconds = Number(/ time="([\d.]+)"/.exec(element)?.[1] ?? 0);
      return [file, { passed: count("tests") - failed - count("skipped"), failed, seconds }];
    }),
  );
}

function sum(files: Map<string, Counts>): Counts {
  const total = { passed: 0, failed: 0 };
  for (const { passed, failed } of files.values()) {
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

/** A file that cannot be loaded or an error between tests is in no report, only in the exit code. */
function withCrash({ passed, failed }: Counts, code: number): Counts {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}
