import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { eventually } from "./eventually.ts";
import { dieWithUs } from "./janitor.ts";

export interface DaemonOptions {
  name: string;
  command: string[];
  /** Replaces the environment, PATH and HOME apart. */
  env?: Record<string, string>;
  cwd?: string;
  /** File that gets stdout and stderr, one after the other as they come. */
  log: string;
  /** Polled until it returns true; a throw counts as not yet. */
  ready?: () => boolean | Promise<boolean>;
  /** Milliseconds until `ready` must hold; default 60 s. */
  readyWithin?: number;
}

/**
 * A long-running child process: started, waited for, ended. Its output goes to a file. It never outlives this
 * process, whatever that one dies of.
 */
export class Daemon {
  readonly name: string;
  readonly log: string;
  readonly #child: Bun.Subprocess;

  private constructor(options: DaemonOptions) {
    this.name = options.name;
    this.log = options.log;
    const output = openSync(options.log, "a");
    this.#child = Bun.spawn(options.command, {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdin: "ignore",
      stdout: output,
      stderr: output,
      // Its own process group: Ctrl-C in a terminal reaches this process alone, which ends the others in order.
      detached: true,
    });
    this.#child.unref();
    closeSync(output);
    dieWithUs(this.#child);
  }

  /** @throws Error with the end of the log when the process ends before it is ready, or is not ready in time. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    const { ready = () => true, readyWithin: deadlineMs = 60_000 } = options;
    try {
      await eventually(async () => !daemon.running || (await ready()), {
        deadlineMs,
        description: `${daemon.name} is ready`,
      });
    } catch (error) {
      await daemon.kill();
      throw new Error(`${(error as Error).message}\n${daemon.lastOutput()}`);
    }
    if (!daemon.running) {
      throw new Error(`${daemon.name} ended with code ${daemon.#child.exitCode}\n${daemon.lastOutput()}`);
    }
    return daemon;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves to the exit code when the process ends (128 + signal when a signal ended it). */
  get exited(): Promise<number> {
    return this.#child.exited;
  }

  /** SIGTERM, and SIGKILL when it has not ended after `graceMs`. Resolves to the exit code. */
  async stop(graceMs = 10_000): Promise<number> {
    this.#child.ref();
    if (this.running) this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    try {
      return await this.#child.exited;
    } finally {
      clearTimeout(late);
    }
  }

  /** SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    this.#child.ref();
    if (this.running) this.#child.kill("SIGKILL");
    await this.#child.exited;
  }

  /** Everything it has printed so far. */
  output(): string {
    return readFileSync(this.log, "utf8");
  }

  lastOutput(lines = 15): string {
    const tail = this.output().trimEnd().split("\n").slice(-lines);
    return `  the end of what ${this.name} printed:\n    ${tail.join("\n    ")}`;
  }
}

/** A TCP port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * (HIGHEST_PORT - LOWEST_PORT));
    if (await isFree(port)) return port;
  }
}

/** Below those that the kernel hands to connections (32768 and up): such a one may be taken before it is listened on. */
const [LOWEST_PORT, HIGHEST_PORT] = [15_000, 32_000];

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server
    .once("error", () => resolve(false))
    .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  return promise;
}
