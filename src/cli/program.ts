import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CliError, EXIT, formatError } from "./errors.ts";
import type { Io } from "./io.ts";
import { addAdopt } from "./verbs/adopt.ts";
import { addCheck } from "./verbs/check.ts";
import { addCompletion } from "./verbs/completion.ts";
import { addCreate } from "./verbs/create.ts";
import { addCredential } from "./verbs/credential.ts";
import { addDelete } from "./verbs/delete.ts";
import { addDiagnose } from "./verbs/diagnose.ts";
import { addDiff } from "./verbs/diff.ts";
import { addEvents } from "./verbs/events.ts";
import { addGet } from "./verbs/get.ts";
import { addImport } from "./verbs/import.ts";
import { addInstall } from "./verbs/install.ts";
import { addLogs } from "./verbs/logs.ts";
import { addReconcile } from "./verbs/reconcile.ts";
import { addRender } from "./verbs/render.ts";
import { addResume } from "./verbs/resume.ts";
import { addRun } from "./verbs/run.ts";
import { addStatus } from "./verbs/status.ts";
import { addSuspend } from "./verbs/suspend.ts";
import { addTestSetup } from "./verbs/test-setup.ts";
import { addTree } from "./verbs/tree.ts";
import { addUninstall } from "./verbs/uninstall.ts";
import { addVersion } from "./verbs/version.ts";
import { addWait } from "./verbs/wait.ts";

/** In the order of the help. */
const VERBS = [
  addRun,
  addCheck,
  addGet,
  addStatus,
  addTree,
  addDiagnose,
  addEvents,
  addLogs,
  addWait,
  addReconcile,
  addSuspend,
  addResume,
  addCredential,
  addDelete,
  addTestSetup,
  addCreate,
  addAdopt,
  addImport,
  addDiff,
  addRender,
  addInstall,
  addUninstall,
  addCompletion,
  addVersion,
];

/** What a verb gets: the world outside, and a way to say how it ended. */
export interface Cli {
  readonly io: Io;
  exitCode: number;
}

/**
 * Runs one command line.
 * @param args what was typed after the program's name
 * @returns the exit code: 0 yes, 1 the answer is no, 2 could not ask
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const cli: Cli = { io, exitCode: EXIT.yes };
  const program = makeProgram(cli);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: "user" });
    return cli.exitCode;
  } catch (error) {
    return report(namedAsTyped(error, program, io), cli);
  }
}

/** Each verb with the text of its --help, for docs/. */
export function helpTexts(): { name: string; description: string; help: string }[] {
  const io: Io = { ...SILENT, name: "projectgitops" };
  return makeProgram({ io, exitCode: EXIT.yes }).commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    help: [command, ...command.commands].map(helpOf).join("\n"),
  }));
}

function helpOf(command: CommandUnknownOpts): string {
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

const SILENT: Omit<Io, "name"> = {
  out: () => undefined,
  err: () => undefined,
  colour: false,
  columns: 80,
  now: () => 0,
  readInput: () => Promise.resolve(""),
  prompt: () => Promise.resolve(undefined),
  interrupted: () => new AbortController().signal,
};

function makeProgram(cli: Cli): Command {
  const { io } = cli;
  const program = new Command(io.name)
    .description(
      "One ProjectGitOps object makes a project's namespaces, git credentials, deployer identities and Flux objects, in the right order.",
    )
    .helpCommand("help [command]", "show the help of a command")
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      getOutHasColors: () => io.colour,
      getOutHelpWidth: () => Math.min(io.columns ?? 80, 80),
      outputError: (text, write) => write(usageError(text, io.name)),
    })
    // Errors are thrown and told in one place; subcommands inherit this.
    .exitOverride();
  for (const add of VERBS) add(program, cli);
  for (const command of program.commands) hintAt(command, `${io.name} ${command.name()}`);
  return program;
}

/** A wrong command line leads to the help of the very command that it was meant for. */
function hintAt(command: CommandUnknownOpts, name: string): void {
  command.configureOutput({ outputError: (text, write) => write(usageError(text, name)) });
  for (const sub of command.commands) hintAt(sub, `${name} ${sub.name()}`);
}

/** Brings Commander's words into the form of every other error. */
function usageError(text: string, name: string): string {
  const [first = "", ...details] = text.trimEnd().split("\n");
  const message = first.replace(/^error: /, "");
  return formatError({ message, details, next: `${name} --help` });
}

/** Hints say what the person types: `kubectl projectgitops check` where that is how it was called. */
function namedAsTyped(error: unknown, program: Command, io: Io): unknown {
  if (!(error instanceof CliError) || error.next === undefined) return error;
  const verbs = program.commands.map((command) => command.name()).join("|");
  const next = error.next.replaceAll(
    new RegExp(`(?<!kubectl )\\bprojectgitops (?=(?:${verbs})\\b)`, "g"),
    `${io.name} `,
  );
  const { message, details, exitCode } = error;
  return new CliError(message, { details, exitCode, next });
}

function report(error: unknown, { io }: Cli): number {
  // Commander has printed its own; it throws after --help and --version too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.yes : EXIT.couldNotAsk;
  if (error instanceof CliError) {
    io.err(formatError(error));
    return error.exitCode;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  io.err(
    formatError({
      message,
      next: "this looks like a defect of projectgitops: report it with the lines below",
    }),
  );
  io.err(`${stack}\n`);
  return EXIT.couldNotAsk;
}
