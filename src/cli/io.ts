import { basename } from "node:path";

/** All that the command line touches of its process, so that tests can hand in their own. */
export interface Io {
  /** Results. Text is written as it is: callers end their lines. */
  out(text: string): void;
  /** Progress, warnings and errors. */
  err(text: string): void;
  /** Whether colour may be used on stdout. */
  readonly colour: boolean;
  /** Width of the terminal on stdout; undefined where stdout is none: then nothing is shortened. */
  readonly columns: number | undefined;
  /** What the person typed: `projectgitops` or `kubectl projectgitops`. */
  readonly name: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Standard input to its end, for `-f -`. */
  readInput(): Promise<string>;
  /** Asks a person for one line; undefined where no terminal is on both sides. */
  prompt(question: string): Promise<string | undefined>;
  /** From the first call on, Ctrl-C and SIGTERM abort this signal instead of ending the process. */
  interrupted(): AbortSignal;
}

/** The real process. */
export function processIo(): Io {
  // A reader such as `head` that has seen enough is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
  });
  const terminal = process.stdout.isTTY === true;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: terminal && !process.env.NO_COLOR && process.env.TERM !== "dumb",
    columns: terminal ? process.stdout.columns || 80 : undefined,
    name: programName(process.argv0),
    now: Date.now,
    readInput: () => Bun.stdin.text(),
    prompt,
    interrupted,
  };
}

async function prompt(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const { createInterface } = await import("node:readline/promises");
  // On stderr, so that results can go to a file.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

let interruption: AbortController | undefined;

function interrupted(): AbortSignal {
  if (interruption !== undefined) return interruption.signal;
  const controller = new AbortController();
  interruption = controller;
  // Once: a second Ctrl-C ends the process as always.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** Whether the process was asked to end while it waited. */
export const wasInterrupted = (): boolean => interruption?.signal.aborted === true;

/** kubectl runs a plugin by the name kubectl-projectgitops; help and hints then say what the person typed. */
export const programName = (argv0: string): string =>
  basename(argv0).startsWith("kubectl-") ? "kubectl projectgitops" : "projectgitops";
