/**
 * Runs the tests: `scripts/test.ts --folders=test/unit,test/api [path or bun test option …]`. Paths replace the
 * folders. Gets the test cluster's programs first and starts one control plane for the run where a folder needs
 * it. The last line is `N passed, N failed`; exit code 0 only when something ran and nothing failed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programs } from "../test/cluster/binaries.ts";
import { startCluster } from "../test/cluster/control-plane.ts";
import { helmCrds } from "../test/cluster/crds.ts";
import { dieWithUs } from "../test/cluster/janitor.ts";
import { CONTROL_PLANE, END_TO_END } from "../test/cluster/programs.ts";
import { handOver } from "../test/cluster/shared.ts";

/** Milliseconds that one test may take where it does not say otherwise. */
const TEST_TIMEOUT = 60_000;

interface Counts {
  passed: number;
  failed: number;
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

async function runTests(): Promise<Counts> {
  const endToEnd = paths.some((path) => path.includes("test/e2e"));
  if (endToEnd || paths.some((path) => /test\/(api|faults)/.test(path))) {
    await programs([...CONTROL_PLANE, ...(endToEnd ? END_TO_END : [])]);
    const cluster = await startCluster({ crds: endToEnd ? await helmCrds() : [] });
    try {
      return await bunTest(handOver(cluster));
    } finally {
      await cluster.stop();
    }
  }
  return bunTest({});
}

async function bunTest(env: Record<string, string>): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "projectgitops-report-"));
  const report = join(folder, "junit.xml");
  try {
    const child = Bun.spawn(
      [
        process.execPath,
        "test",
        `--timeout=${TEST_TIMEOUT}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...options,
        ...paths,
      ],
      { env: { ...process.env, ...env }, stdio: ["inherit", "inherit", "inherit"] },
    );
    dieWithUs(child);
    const stop = (signal: NodeJS.Signals) => child.kill(signal);
    process.once("SIGINT", stop).once("SIGTERM", stop);
    const code = await child.exited;
    return withCrash(readReport(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Totals of the report's root element; none when bun ended before it wrote one. */
function readReport(path: string): Counts {
  if (!existsSync(path)) return { passed: 0, failed: 0 };
  const root = /<testsuites\b[^>]*>/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  return { passed: count("tests") - failed - count("skipped"), failed };
}

/** A file that cannot be loaded or an error between tests is in no report, only in the exit code. */
function withCrash({ passed, failed }: Counts, code: number): Counts {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}
