import { statSync } from "node:fs";
import { join } from "node:path";

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
const LANES_END_TO_END = 3;
/** Of so few files a second lane costs more than it saves. */
const FEW = 4;

/**
 * Spreads the files of these paths over lanes that run side by side, for tests mostly wait: lanes of about the same
 * size on disk, which is what is known of their time.
 */
export function lanesOf(paths: readonly string[]): Lane[] {
  const files = [...new Set(paths.flatMap(filesOf))];
  const isEndToEnd = files.some((file) => file.includes("/test/e2e/"));
  const count = files.length < FEW ? 1 : isEndToEnd ? LANES_END_TO_END : LANES;
  const lanes = Array.from({ length: count }, () => ({ size: 0, files: [] as string[] }));
  for (const file of files.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
    const lightest = lanes.reduce((a, b) => (b.size < a.size ? b : a));
    lightest.size += sizeOf(file);
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

/** Unit tests are over in milliseconds, whatever their length. */
const sizeOf = (file: string): number => statSync(file).size / (file.includes("/test/unit/") ? 10 : 1);

/** Those of test/api/diagnose break what is the whole cluster's, and start their own. */
const sharesCluster = (file: string): boolean =>
  /\/test\/(api|e2e|faults)\//.test(file) && !file.includes("/diagnose/");
