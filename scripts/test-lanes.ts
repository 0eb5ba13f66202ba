import { statSync } from "node:fs";
import { basename, join } from "node:path";

/** Files that run one after the other in one process. */
export interface Lane {
  /** As `bun test` takes them: `./test/api/x.test.ts`. */
  readonly files: readonly string[];
  /** Some of its files share a control plane, which is started for the lane. */
  readonly needsCluster: boolean;
  readonly isEndToEnd: boolean;
}

/** More would compete for two cores; end to end each has Flux and a git host of its own. */
const LANES = 4;
const LANES_END_TO_END = 4;
/** Those that wait for back-offs and time-outs, and last far longer than their length says; seconds, as measured. */
const LONG: Record<string, number> = {
  "diagnose-delivery.test.ts": 210,
  "generated-credentials.test.ts": 210,
  // Its pages are files of their own.
  "docs.test.ts": 200,
  "ways-in.test.ts": 155,
  "installed-by-flux.test.ts": 125,
  "image.test.ts": 110,
  "diagnose-git.test.ts": 70,
  "options-manifests.test.ts": 70,
  "health.test.ts": 55,
  "suspend-after.test.ts": 50,
  "poison.test.ts": 165,
  "removal-stuck.test.ts": 150,
  "rollback.test.ts": 120,
  "cli-uninstall.test.ts": 105,
  "faults-api-server.test.ts": 100,
  "set-up-removal.test.ts": 75,
  "crd-deleted.test.ts": 60,
  "cli-test-setup.test.ts": 60,
};
/** Of so few files a second lane costs more than it saves. */
const FEW = 4;

/**
 * Spreads the files of these paths over lanes that run side by side, for tests mostly wait: lanes that last about as
 * long, by what was measured, else by the size on disk.
 */
export function lanesOf(paths: readonly string[]): Lane[] {
  const files = [...new Set(paths.flatMap(filesOf))];
  const isEndToEnd = files.some((file) => file.includes("/test/e2e/"));
  const count = files.length < FEW ? 1 : isEndToEnd ? LANES_END_TO_END : LANES;
  const lanes = Array.from({ length: count }, () => ({ seconds: 0, files: [] as string[] }));
  for (const file of files.toSorted((a, b) => secondsOf(b) - secondsOf(a))) {
    const lightest = lanes.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    lightest.seconds += secondsOf(file);
    lightest.files.push(file);
  }
  return lanes.map((lane) => ({
    files: lane.files.toSorted(),
    needsCluster: lane.files.some(sharesCluster),
    isEndToEnd,
  }));
}

function filesOf(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  return [...new Bun.Glob("**/*.test.ts").scanSync(path)].map((file) => `./${join(path, file)}`);
}

/** About how long a file lasts. Unit tests are over in milliseconds, whatever their length. */
function secondsOf(file: string): number {
  const bytesPerSecond = file.includes("/test/unit/") ? 3000 : file.includes("/test/e2e/") ? 150 : 300;
  return LONG[basename(file)] ?? statSync(file).size / bytesPerSecond;
}

/** Those of test/api/diagnose break what is the whole cluster's, and start their own. */
const sharesCluster = (file: string): boolean =>
  /\/test\/(api|e2e|faults)\//.test(file) && !file.includes("/diagnose/");
