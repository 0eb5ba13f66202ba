import { createInterface } from "node:readline";
import { Readable } from "node:stream";

export interface Round {
  verb: "GET" | "POST";
  concurrency: number;
  ms: number;
}

export interface RoundResult {
  perSecond: number;
  /** Processor time for one request, in microseconds. */
  cpuMicros: number;
  rssMb: number;
}

export type Ready = { ready: true } | { ready: false; why: string };

/** A contender's process, to be asked for one round after the other. */
export class Worker {
  readonly name: string;
  readonly #child: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string[]) {
    this.name = name;
    this.#child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    this.#lines = createInterface({ input: Readable.fromWeb(this.#child.stdout as never) })[
      Symbol.asyncIterator
    ]();
  }

  ready(): Promise<Ready> {
    return this.#answer() as Promise<Ready>;
  }

  play(round: Round): Promise<RoundResult> {
    this.#child.stdin.write(`${JSON.stringify(round)}\n`);
    this.#child.stdin.flush();
    return this.#answer() as Promise<RoundResult>;
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#child.exited;
  }

  async #answer(): Promise<unknown> {
    // Some contenders write to stdout themselves.
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(`${this.name} ended without an answer`);
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }
}
