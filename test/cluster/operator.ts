import { join } from "node:path";
import type { Cluster } from "./control-plane.ts";
import { Daemon, freePort } from "./daemon.ts";
import { scratchFolder } from "./janitor.ts";
import { type OperatorIdentity, operatorToken } from "./operator-identity.ts";

const ROOT = join(import.meta.dir, "..", "..");

export interface OperatorOptions {
  /** Further arguments of `projectgitops run`. Kubeconfig and --listen are given already. */
  args?: string[];
  env?: Record<string, string>;
  /** Default: a new token of the ServiceAccount in deploy/. */
  identity?: OperatorIdentity;
  /** The program; default `bun src/main.ts`. */
  command?: string[];
  /** False: do not wait for /readyz. */
  waitForReady?: boolean;
}

/** One line that the operator logged. */
export type LogLine = Record<string, unknown>;

/** A running operator, as the child process that a cluster would run. */
export interface Operator {
  pid: number;
  /** http://127.0.0.1:port of /metrics, /healthz and /readyz. */
  address: string;
  /** The JSON lines it has printed so far. */
  lines(): LogLine[];
  /** All that it has printed so far, as it is. */
  output(): string;
  metrics(): Promise<string>;
  running(): boolean;
  /** SIGTERM; resolves to the exit code. Killed after 15 s, as the kubelet would. */
  stop(): Promise<number>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/**
 * Starts `projectgitops run` with exactly the permissions of deploy/ and waits for /readyz.
 * @throws Error with the end of its output when it ends or is not ready within 30 s.
 */
export async function startOperator(cluster: Cluster, options: OperatorOptions = {}): Promise<Operator> {
  const identity = options.identity ?? (await operatorToken(cluster));
  const address = `127.0.0.1:${await freePort()}`;
  const program = options.command ?? [process.execPath, join(ROOT, "src", "main.ts")];
  const daemon = await Daemon.start({
    name: "projectgitops",
    command: [
      ...program,
      "run",
      "--kubeconfig",
      identity.kubeconfigPath,
      "--listen",
      address,
      ...(options.args ?? []),
    ],
    env: { ...options.env },
    log: join(scratchFolder("operator"), "log"),
    ready: async () => options.waitForReady === false || (await fetch(`http://${address}/readyz`)).ok,
    readyWithin: 30_000,
  });
  return {
    pid: daemon.pid,
    address: `http://${address}`,
    lines: () => jsonLines(daemon.output()),
    output: () => daemon.output(),
    metrics: async () => (await fetch(`http://${address}/metrics`)).text(),
    running: () => daemon.running,
    stop: () => daemon.stop(15_000),
    kill: () => daemon.kill(),
  };
}

function jsonLines(output: string): LogLine[] {
  return output.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return []; // not JSON, or not yet whole
    }
  });
}
