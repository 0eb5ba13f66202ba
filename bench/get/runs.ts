import { memoryOf } from "../setup/memory.ts";

/** One run of a program: wall-clock time, most memory that it held, processor time, and what it printed. */
export interface Run {
  ms: number;
  /** Peak resident memory, MB. */
  peak: number;
  /** User and system, ms. */
  cpu: number;
  stdout: string;
}

/**
 * The kernel's own maximum for a child (ru_maxrss) begins with that of the process that has started it, so the
 * process is asked while it lives.
 */
const LOOK_EVERY_MS = 4;

/** Runs a program to its end. @throws Error where it does not end with 0 */
export async function timed(command: string[]): Promise<Run> {
  const start = performance.now();
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, memoryOf(child.pid)?.peak || 0);
  }, LOOK_EVERY_MS);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const ms = performance.now() - start;
  clearInterval(look);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
  return { ms, peak, cpu: Number(child.resourceUsage()?.cpuTime.total) / 1000, stdout };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
