import { type Command, Option } from "@commander-js/extra-typings";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import type { LogLine } from "../logs/line.ts";
import type { LogPart } from "../logs/read.ts";
import type { Cli } from "../program.ts";
import {
  isMissing,
  namespaceOption,
  noSuchProject,
  outputOption,
  projectResource,
  readProject,
} from "../projects.ts";

interface LogFlags extends ClusterFlags {
  namespace?: string | undefined;
  flux?: boolean | undefined;
  follow?: boolean | undefined;
  tail?: string | undefined;
  since?: string | undefined;
  previous?: boolean | undefined;
  from?: string | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

const DEFAULT_TAIL = 1000;

/** `projectgitops logs [NAME]`: what the operator, and with --flux Flux's controllers, say of a project. */
export function addLogs(program: Command, { io }: Cli): void {
  program
    .command("logs")
    .description("what the operator's log says of a project, or of all")
    .argument("[name]", "one project; default every line of the log")
    .addOption(namespaceOption())
    .option("--flux", "the lines of Flux's controllers too; of one project: those about its objects")
    .option("-f, --follow", "then print what comes, until Ctrl-C")
    .option(
      "--tail <lines>",
      `so many of the last lines of each pod, before any is left out; default ${DEFAULT_TAIL}, all with --since`,
    )
    .option("--since <duration>", "only lines of so long ago or less, such as 10m")
    .option("-p, --previous", "of the containers' run before this one: why it ended")
    .addOption(
      new Option("--from <file>", "read these lines instead of pods', - for standard input").conflicts([
        "follow",
        "previous",
        "tail",
        "since",
      ]),
    )
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
One line each: time, level, project or object, message. -o wide adds phase, reason
and cost of each pass; -o json prints the lines as they were written.

Examples:
  ${io.name} logs shop -n platform
  ${io.name} logs shop -n platform --flux --follow
  ${io.name} logs --since 10m -o json | jq 'select(.level == "warn")'
  ${io.name} logs --previous
  ${io.name} logs shop -n platform --from operator.log`,
    )
    .action((name, flags) => logs(name, flags, io));
}

async function logs(name: string | undefined, flags: LogFlags, io: Io): Promise<void> {
  const part = await partOf(flags);
  const open = once(() => connect(flags, io));
  const ref =
    name === undefined ? undefined : { namespace: flags.namespace ?? (await open()).namespace, name };
  const isWanted = await filterFor(open, ref, flags, io);
  const print = await printer(flags, io);
  const each = (line: LogLine) => {
    if (isWanted(line)) print(line);
  };
  if (flags.follow) return followAll(await open(), part, flags, io, each);

  const { from } = flags;
  const { lines, of } =
    from === undefined ? await readAll(await open(), part, flags, io) : await linesFrom(from, io);
  lines.forEach(each);
  if (lines.some(isWanted)) return;
  if (ref !== undefined && from === undefined) await refuseUnknown(await open(), ref, io);
  const about = ref === undefined ? "" : ` about ${ref.namespace}/${ref.name}`;
  io.err(`no line${about} among ${lines.length} of ${of}\n`);
}

/** A file can be read without a cluster: a client is made when it is needed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** @throws CliError */
async function partOf({ tail, since, previous }: LogFlags): Promise<LogPart> {
  if (tail !== undefined && !/^\d{1,9}$/.test(tail)) {
    throw new CliError(`--tail ${tail} is no number of lines`, { next: "write it as 100" });
  }
  const sinceSeconds = since === undefined ? undefined : await secondsOf(since);
  const tailLines = tail === undefined ? (since === undefined ? DEFAULT_TAIL : undefined) : Number(tail);
  return {
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(previous ? { previous } : {}),
  };
}

async function secondsOf(since: string): Promise<number> {
  const { parseDuration } = await import("../../api/duration.ts");
  const ms = parseDuration(since);
  if (ms !== undefined && ms > 0) return Math.ceil(ms / 1000);
  throw new CliError(`--since ${since} is no duration`, { next: "write it as 90s, 10m or 1h30m" });
}

interface Ref {
  namespace: string;
  name: string;
}

/** A project that is gone has left its lines: only Flux's objects have to be looked up. */
async function filterFor(
  open: () => Promise<BunK8sClient>,
  ref: Ref | undefined,
  { flux }: LogFlags,
  io: Io,
): Promise<(line: LogLine) => boolean> {
  if (ref === undefined) return () => true;
  const { fluxObjectsOf, isAbout } = await import("../logs/line.ts");
  const objects = flux ? fluxObjectsOf(await readProject(await open(), ref, io)) : new Set<string>();
  return isAbout(`${ref.namespace}/${ref.name}`, objects);
}

async function printer({ output }: LogFlags, io: Io): Promise<(line: LogLine) => void> {
  const { formatLine } = await import("../logs/line.ts");
  // A line that is no JSON is told as one, so that a program can read them all.
  if (output === "json")
    return ({ raw, fields }) => io.out(`${fields ? raw : JSON.stringify({ msg: raw })}\n`);
  if (output !== "yaml") return (line) => io.out(`${formatLine(line, io, output === "wide")}\n`);
  const { dump } = await import("js-yaml");
  return ({ raw, fields }) => io.out(`---\n${dump(fields ?? { msg: raw }, { lineWidth: -1 })}`);
}

/** Lines, and where they are from. */
interface Read {
  lines: LogLine[];
  of: string;
}

async function readAll(client: BunK8sClient, part: LogPart, flags: LogFlags, io: Io): Promise<Read> {
  const { readLogs } = await import("../logs/read.ts");
  const sources = await sourcesFor(client, flags, io);
  const of = sources.map(({ namespace, pod }) => `Pod ${namespace}/${pod}`).join(", ");
  return { of, lines: await ask(io, `read the log of ${of}`, readLogs(client, sources, part, note(io))) };
}

async function followAll(
  client: BunK8sClient,
  part: LogPart,
  flags: LogFlags,
  io: Io,
  each: (line: LogLine) => void,
): Promise<void> {
  const { followLogs } = await import("../logs/read.ts");
  const sources = await sourcesFor(client, flags, io);
  await followLogs(client, sources, part, { tell: note(io), signal: io.interrupted(), each });
}

async function sourcesFor(client: BunK8sClient, { flux }: LogFlags, io: Io) {
  const { FLUX, OPERATOR, sourcesOf } = await import("../logs/pods.ts");
  const wanted = flux ? [OPERATOR, FLUX] : [OPERATOR];
  const found = await Promise.all(
    wanted.map((one) => ask(io, `look for the pods of ${one.what}`, sourcesOf(client, one))),
  );
  return found.flat();
}

const note =
  (io: Io) =>
  (text: string): void =>
    io.err(`note: ${text}\n`);

async function linesFrom(file: string, io: Io): Promise<Read> {
  const { parseLine } = await import("../logs/line.ts");
  const text = file === "-" ? await io.readInput() : await readFile(file);
  const lines = text.split("\n").filter((raw) => raw !== "");
  return { of: file === "-" ? "standard input" : file, lines: lines.map(parseLine) };
}

async function readFile(file: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch (error) {
    throw new CliError(`cannot read ${file}`, {
      details: [error instanceof Error ? error.message : String(error)],
      next: "name a file with the lines that the operator printed, or - for standard input",
    });
  }
}

/** No line of a project that there never was is no answer. @throws CliError with the nearest names */
async function refuseUnknown(client: BunK8sClient, ref: Ref, io: Io): Promise<void> {
  const looking = client.getMetadata(await projectResource(), ref).catch(async (error: unknown) => {
    throw (await isMissing(error)) ? await noSuchProject(client, ref, io) : error;
  });
  await ask(io, `read ProjectGitOps ${ref.namespace}/${ref.name}`, looking);
}
