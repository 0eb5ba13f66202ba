import { type Command, Option } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { type ProjectRow, projectRow } from "../project-row.ts";
import { table } from "../table.ts";

interface GetFlags extends ClusterFlags {
  namespace?: string | undefined;
  allNamespaces?: boolean | undefined;
  selector?: string | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

/** `projectgitops get [name]`: projects with phase, readiness and what is applied. */
export function addGet(program: Command, { io }: Cli): void {
  program
    .command("get")
    .description("list projects: phase, readiness, revision")
    .argument("[name]", "one project")
    .option("-n, --namespace <namespace>", "namespace; default that of the context")
    .option("-A, --all-namespaces", "all namespaces")
    .option("-l, --selector <selector>", "only objects with these labels")
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["table", "wide", "json", "yaml"])
        .default("table" as const),
    )
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Examples:
  ${io.name} get -A
  ${io.name} get shop -n platform -o yaml
  ${io.name} get -A -o json | jq '.items[].status.phase'`,
    )
    .action((name, flags) => get(name, flags, io));
}

async function get(name: string | undefined, flags: GetFlags, io: Io): Promise<void> {
  if (name !== undefined && flags.allNamespaces) {
    throw new CliError("a name and --all-namespaces do not go together", {
      next: `${io.name} get ${name} -n NAMESPACE`,
    });
  }
  const client = await connect(flags, io);
  const namespace = flags.namespace ?? client.namespace;
  if (name === undefined) return getMany(client, flags.allNamespaces ? undefined : namespace, flags, io);
  const project = await readOne(client, { namespace, name }, io);
  if (flags.output === "json" || flags.output === "yaml") io.out(await machineText(project, flags.output));
  else io.out(projectTable([project], flags, io));
}

async function getMany(
  client: BunK8sClient,
  namespace: string | undefined,
  flags: GetFlags,
  io: Io,
): Promise<void> {
  const where = namespace === undefined ? "in the cluster" : `in namespace ${namespace}`;
  const list = await ask(
    io,
    `list ${KIND} ${where}`,
    client.list(await projects(), {
      ...(namespace === undefined ? {} : { namespace }),
      ...(flags.selector === undefined ? {} : { labelSelector: flags.selector }),
    }),
  );
  if (flags.output === "json" || flags.output === "yaml") {
    io.out(
      await machineText({ apiVersion: "v1", kind: "List", metadata: {}, items: list.items }, flags.output),
    );
  } else if (list.items.length > 0) {
    io.out(projectTable(list.items, flags, io));
  } else {
    io.err(`no ${KIND} ${where}\n${namespace === undefined ? "" : `  next: ${io.name} get -A\n`}`);
  }
}

async function readOne(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
  io: Io,
): Promise<ProjectGitOps> {
  const { isNotFound } = await import("../../kube/index.ts");
  const reading = client.get(await projects(), ref).catch((error) => {
    // A 404 without a name in it speaks of the kind: the CRD is missing.
    if (!isNotFound(error) || error.details?.name === undefined) throw error;
    throw new CliError(`there is no ${KIND} ${ref.namespace}/${ref.name}`, {
      next: `${io.name} get -A`,
      exitCode: EXIT.no,
    });
  });
  return ask(io, `read ${KIND} ${ref.namespace}/${ref.name}`, reading);
}

const projects = async () => (await import("../../reconcile/resources.ts")).PROJECTS;

type Column = readonly [heading: string, cell: keyof ProjectRow];
const COLUMNS: readonly Column[] = [
  ["NAME", "name"],
  ["PHASE", "phase"],
  ["READY", "ready"],
  ["ENVIRONMENTS", "environments"],
  ["REVISION", "revision"],
  ["AGE", "age"],
];

function projectTable(items: readonly ProjectGitOps[], flags: GetFlags, io: Io): string {
  const wide = flags.output === "wide";
  const columns: Column[] = [
    ...(flags.allNamespaces ? ([["NAMESPACE", "namespace"]] as const) : []),
    ...COLUMNS,
    ...(wide
      ? ([
          ["PROJECT", "project"],
          ["URL", "url"],
        ] as const)
      : []),
    ["MESSAGE", "message"],
  ];
  const rows = items.map((item) => projectRow(item, io.now()));
  return table(
    columns.map(([heading]) => heading),
    rows.map((row) => columns.map(([, cell]) => row[cell])),
    wide ? undefined : io.columns,
  );
}
