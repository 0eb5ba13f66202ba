import { type Command, Option } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { type MachineFormat, machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { projectTable } from "../project-table.ts";
import {
  allNamespacesOption,
  namespaceOption,
  openTarget,
  type ProjectFlags,
  readProjects,
  selectorOption,
  type Target,
  where,
} from "../projects.ts";
import { TableWriter } from "../table.ts";
import { watchProjects } from "../watch-projects.ts";

interface GetFlags extends ProjectFlags {
  output: "table" | "wide" | "name" | "json" | "yaml";
  watch?: boolean | undefined;
}

/** `projectgitops get [name]`: projects with phase, readiness and what is applied. */
export function addGet(program: Command, { io }: Cli): void {
  program
    .command("get")
    .description("list projects: phase, readiness, revision")
    .argument("[name]", "one project")
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(selectorOption())
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["table", "wide", "name", "json", "yaml"])
        .default("table" as const),
    )
    .option("-w, --watch", "then print each row that changes, until Ctrl-C")
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Examples:
  ${io.name} get -A
  ${io.name} get shop -n platform -o yaml
  ${io.name} get -A --watch
  ${io.name} get -A -o json | jq '.items[].status.phase'`,
    )
    .action((name, flags) => get(name, flags, io));
}

async function get(name: string | undefined, flags: GetFlags, io: Io): Promise<void> {
  const { client, target } = await openTarget("get", name, flags, io);
  const { output } = flags;
  if (flags.watch && output === "name") {
    throw new CliError("-o name and --watch do not go together", { next: `${io.name} get --watch` });
  }
  const machine = output === "json" || output === "yaml";
  if (flags.watch)
    return machine ? watchObjects(client, target, output, io) : watchRows(client, target, flags, io);
  const projects = await readProjects(client, target, io);
  if (machine) {
    const list = { apiVersion: "v1", kind: "List", metadata: {}, items: projects };
    return io.out(await machineText(target.name === undefined ? list : projects[0], output));
  }
  if (output === "name") return io.out(projects.map(({ metadata }) => `${metadata.name}\n`).join(""));
  if (projects.length === 0) return sayNone(target, io);
  const { heading, rows } = rowsOf(projects, flags, io);
  io.out(writerFor(flags, io).write([heading, ...rows]));
}

function sayNone({ namespace }: Target, io: Io): void {
  io.err(`no ${KIND} ${where(namespace)}\n${namespace === undefined ? "" : `  next: ${io.name} get -A\n`}`);
}

const writerFor = ({ output }: GetFlags, io: Io): TableWriter =>
  new TableWriter(output === "wide" ? undefined : io.columns);

function rowsOf(projects: readonly ProjectGitOps[], { allNamespaces, output }: GetFlags, io: Io) {
  const table = projectTable({ allNamespaces: allNamespaces === true, wide: output === "wide" });
  return { heading: table.heading, rows: projects.map((project) => table.cells(project, io.now())) };
}

/** As kubectl does: all rows, then each that has changed. A change that no cell shows (but the age) prints nothing. */
async function watchRows(client: BunK8sClient, target: Target, flags: GetFlags, io: Io): Promise<void> {
  const writer = writerFor(flags, io);
  const first = await readProjects(client, target, io);
  const signal = io.interrupted();
  const { heading, rows } = rowsOf(first, flags, io);
  if (first.length === 0) sayNone(target, io);
  io.out(writer.write([heading, ...rows]));
  const age = heading.indexOf("AGE");
  const shown = new Map(first.map((project, place) => [keyOf(project), withoutAge(rows[place] ?? [], age)]));
  for await (const event of watchProjects(client, target, io, signal)) {
    if (event.type === "BOOKMARK") continue;
    const { type, object } = event;
    const [cells = []] = rowsOf([object], flags, io).rows;
    const key = keyOf(object);
    if (type === "DELETED") {
      shown.delete(key);
      io.out(writer.write([[...cells.slice(0, -1), "deleted"]]));
    } else if (shown.get(key) !== withoutAge(cells, age)) {
      shown.set(key, withoutAge(cells, age));
      io.out(writer.write([cells]));
    }
  }
}

/** One document for each object, and again whenever it changes. */
async function watchObjects(
  client: BunK8sClient,
  target: Target,
  format: MachineFormat,
  io: Io,
): Promise<void> {
  await readProjects(client, target, io);
  const signal = io.interrupted();
  for await (const event of watchProjects(client, target, io, signal)) {
    if (event.type === "BOOKMARK" || event.type === "DELETED") continue;
    io.out(`${format === "yaml" ? "---\n" : ""}${await machineText(event.object, format)}`);
  }
}

const keyOf = ({ metadata }: ProjectGitOps): string => `${metadata.namespace}/${metadata.name}`;

const withoutAge = (cells: readonly string[], age: number): string => cells.toSpliced(age, 1).join("\0");
