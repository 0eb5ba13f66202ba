import type { Command } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask, contextOption, kubeconfigOption } from "../connect.ts";
import type { Io } from "../io.ts";
import { lookAgain, pause } from "../look-again.ts";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import {
  allNamespacesOption,
  namespaceOption,
  openTarget,
  outputOption,
  type ProjectFlags,
  readProjects,
  selectorOption,
  type Target,
  where,
} from "../projects.ts";
import type { TreeProject } from "../tree/model.ts";

interface TreeFlags extends ProjectFlags {
  output: "table" | "wide" | "json" | "yaml";
  watch?: boolean | undefined;
}

/** `projectgitops tree [name]`: a project, its environments, their objects, and what Flux deployed. */
export function addTree(program: Command, { io }: Cli): void {
  program
    .command("tree")
    .description("show projects with their environments, objects and what Flux deployed")
    .argument("[name]", "one project; then what Flux deployed is looked at too")
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(selectorOption())
    .addOption(outputOption())
    .option("-w, --watch", "draw it again whenever it changes, until Ctrl-C")
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
What you may not look at is said as far as the project's status knows it.

Examples:
  ${io.name} tree shop -n platform
  ${io.name} tree shop -n platform --watch
  ${io.name} tree -A -o json | jq '.projects[].environments[].revision'`,
    )
    .action((name, flags) => tree(name, flags, io));
}

async function tree(name: string | undefined, flags: TreeFlags, io: Io): Promise<void> {
  const { client, target } = await openTarget("tree", name, flags, io);
  const shown = await show(client, target, flags, io);
  if (shown === "") return io.err(`no ${KIND} ${where(target.namespace)}\n`);
  io.out(shown);
  if (flags.watch) await watchTree(client, target, flags, io, shown);
}

/** Often enough to see things happen, seldom enough to be no burden. */
const LOOK_EVERY_MS = 2000;

/** Looks again and again; what has changed is drawn anew, on a terminal in the same place. */
async function watchTree(
  client: BunK8sClient,
  target: Target,
  flags: TreeFlags,
  io: Io,
  shown: string,
): Promise<void> {
  const signal = io.interrupted();
  if (io.columns !== undefined) io.out(`${CLEAR}${shown}`);
  for (let last = shown; ; ) {
    await pause(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    const now = await lookAgain(io, show(client, target, flags, io), signal);
    if (now === undefined || now === last) continue;
    last = now;
    io.out(io.columns === undefined ? `\n${now}` : `${CLEAR}${now}`);
  }
}

const CLEAR = "\u001b[H\u001b[2J\u001b[3J";

/** "" where there are no projects. */
async function show(client: BunK8sClient, target: Target, { output }: TreeFlags, io: Io): Promise<string> {
  const [{ gatherTrees }, { draw }] = await Promise.all([
    import("../tree/gather.ts"),
    import("../tree/draw.ts"),
  ]);
  const projects = await readProjects(client, target, io);
  const trees = await ask(io, "read the objects of these projects", gatherTrees(client, projects));
  if (output === "json" || output === "yaml") return machineText(shapeOf(target, trees), output);
  return trees.length === 0 ? "" : draw(trees, output === "wide", io);
}

/** One object for a project by name, else all in a list. The shape is stable. */
const shapeOf = ({ name }: Target, trees: readonly TreeProject[]) =>
  name === undefined ? { projects: trees } : trees[0];
