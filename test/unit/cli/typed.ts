import type { Io } from "../../../src/cli/io.ts";
import { runCli } from "../../../src/cli/program.ts";

export interface Typed {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process, as typed after the program's name, and catches what it prints. */
export async function typed(commandLine: string | string[], io: Partial<Io> = {}): Promise<Typed> {
  const result: Typed = { code: -1, stdout: "", stderr: "" };
  const args = typeof commandLine === "string" ? commandLine.split(" ").filter(Boolean) : commandLine;
  result.code = await runCli(args, {
    out: (text) => {
      result.stdout += text;
    },
    err: (text) => {
      result.stderr += text;
    },
    colour: false,
    columns: undefined,
    name: "projectgitops",
    now: Date.now,
    readInput: () => Promise.resolve(""),
    prompt: () => Promise.resolve(undefined),
    interrupted: () => new AbortController().signal,
    ...io,
  });
  return result;
}
