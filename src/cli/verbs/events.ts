import type { Command } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { age } from "../age.ts";
import { ask, contextOption, kubeconfigOption } from "../connect.ts";
import type { FoundEvent, FoundEvents } from "../events/read.ts";
import type { Io } from "../io.ts";
import { lookAgain, pause } from "../look-again.ts";
import { isMachine, machineText } from "../output.ts";
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
import { TableWriter } from "../table.ts";

interface EventFlags extends ProjectFlags {
  warnings?: boolean | undefined;
  watch?: boolean | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

/** `projectgitops events [NAME]`: what was told of projects and of their Flux objects. */
export function addEvents(program: Command, { io }: Cli): void {
  program
    .command("events")
    .description("what happened to projects and their Flux objects, the newest last")
    .argument("[name]", "one project; default all of the namespace")
    .addOption(namespaceOption())
    .addOption(allNamespacesOption())
    .addOption(selectorOption())
    .option("--warnings", "only what went wrong")
    .option("-w, --watch", "then print what happens, until Ctrl-C")
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Kubernetes forgets events after an hour.

Examples:
  ${io.name} events shop -n platform
  ${io.name} events shop -n platform --warnings --watch
  ${io.name} events -A --warnings`,
    )
    .action((name, flags) => events(name, flags, io));
}

async function events(name: string | undefined, flags: EventFlags, io: Io): Promise<void> {
  const { client, target } = await openTarget("events", name, flags, io);
  const { events, closed } = await look(client, target, flags, io);
  if (isMachine(flags.output)) {
    const list = { apiVersion: "v1", kind: "List", metadata: {}, items: events.map(({ event }) => event) };
    return io.out(await machineText(list, flags.output));
  }
  for (const namespace of closed) io.err(`note: you may not read the events of namespace ${namespace}\n`);
  if (events.length === 0) io.err(`no events of ${subjectOf(target)}\n`);
  const writer = new TableWriter(flags.output === "wide" ? undefined : io.columns);
  const several = target.name === undefined;
  const heading = several ? ["LAST SEEN", "PROJECT", ...HEADING] : ["LAST SEEN", ...HEADING];
  if (events.length > 0 || flags.watch)
    io.out(writer.write([heading, ...(await cellsOf(events, several, io))]));
  if (flags.watch) await watchEvents(client, target, flags, io, { writer, events });
}

const subjectOf = (target: Target): string =>
  target.name === undefined
    ? `any ${KIND} ${where(target.namespace)}`
    : `${KIND} ${target.namespace}/${target.name}`;

const LOOK_EVERY_MS = 2000;

async function watchEvents(
  client: BunK8sClient,
  target: Target,
  flags: EventFlags,
  io: Io,
  { writer, events }: { writer: TableWriter; events: readonly FoundEvent[] },
): Promise<void> {
  const { eventKey } = await import("../events/read.ts");
  const signal = io.interrupted();
  const told = new Set(events.map(eventKey));
  for (;;) {
    await pause(LOOK_EVERY_MS, signal);
    if (signal.aborted) return;
    const found = await lookAgain(io, look(client, target, flags, io), signal);
    const news = (found?.events ?? []).filter((event) => !told.has(eventKey(event)));
    for (const event of news) told.add(eventKey(event));
    if (news.length > 0) io.out(writer.write(await cellsOf(news, target.name === undefined, io)));
  }
}

async function look(
  client: BunK8sClient,
  target: Target,
  { warnings }: EventFlags,
  io: Io,
): Promise<FoundEvents> {
  const { readEvents } = await import("../events/read.ts");
  const projects = await readProjects(client, target, io);
  const found = await ask(io, `list events ${where(target.namespace)}`, readEvents(client, projects));
  return { ...found, events: found.events.filter(({ event }) => !warnings || event.type === "Warning") };
}

const HEADING = ["TYPE", "REASON", "ENVIRONMENT", "OBJECT", "MESSAGE"];

async function cellsOf(events: readonly FoundEvent[], several: boolean, io: Io): Promise<string[][]> {
  const { lastSeen, timesTold } = await import("../events/read.ts");
  return events.map(({ event, project, environment }) => [
    age(lastSeen(event) || undefined, io.now()),
    ...(several ? [project] : []),
    event.type ?? "",
    event.reason ?? "",
    environment ?? "-",
    `${event.regarding?.kind}/${event.regarding?.name}`,
    `${event.note ?? ""}${timesTold(event) > 1 ? ` (${timesTold(event)} times)` : ""}`,
  ]);
}
