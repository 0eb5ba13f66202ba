import { type Command, Option } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { age } from "../age.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import type { FoundEvent, FoundEvents } from "../events/read.ts";
import type { Io } from "../io.ts";
import { lookAgain, pause } from "../look-again.ts";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, readProject } from "../projects.ts";
import { TableWriter } from "../table.ts";

interface EventFlags extends ClusterFlags {
  namespace?: string | undefined;
  warnings?: boolean | undefined;
  watch?: boolean | undefined;
  output?: "json" | "yaml" | undefined;
}

/** `projectgitops events NAME`: what was told of a project and of its Flux objects. */
export function addEvents(program: Command, { io }: Cli): void {
  program
    .command("events")
    .description("what happened to a project and its Flux objects, the newest last")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("--warnings", "only what went wrong")
    .option("-w, --watch", "then print what happens, until Ctrl-C")
    .addOption(new Option("-o, --output <format>", "for programs").choices(["json", "yaml"]))
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Kubernetes forgets events after an hour.

Examples:
  ${io.name} events shop -n platform
  ${io.name} events shop -n platform --warnings --watch`,
    )
    .action((name, flags) => events(name, flags, io));
}

async function events(name: string, flags: EventFlags, io: Io): Promise<void> {
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  const { events, closed } = await look(client, ref, flags, io);
  if (flags.output !== undefined) {
    const list = { apiVersion: "v1", kind: "List", metadata: {}, items: events.map(({ event }) => event) };
    return io.out(await machineText(list, flags.output));
  }
  for (const namespace of closed) io.err(`note: you may not read the events of namespace ${namespace}\n`);
  if (events.length === 0) io.err(`no events of ${KIND} ${ref.namespace}/${name}\n`);
  const writer = new TableWriter(io.columns);
  if (events.length > 0 || flags.watch) io.out(writer.write([HEADING, ...(await cellsOf(events, io))]));
  if (flags.watch) await watchEvents(client, ref, flags, io, { writer, events });
}

const LOOK_EVERY_MS = 2000;

async function watchEvents(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
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
    const found = await lookAgain(io, look(client, ref, flags, io));
    const news = (found?.events ?? []).filter((event) => !told.has(eventKey(event)));
    for (const event of news) told.add(eventKey(event));
    if (news.length > 0) io.out(writer.write(await cellsOf(news, io)));
  }
}

async function look(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
  { warnings }: EventFlags,
  io: Io,
): Promise<FoundEvents> {
  const { readEvents } = await import("../events/read.ts");
  const project = await readProject(client, ref, io);
  const found = await ask(io, `list events in namespace ${ref.namespace}`, readEvents(client, project));
  return { ...found, events: found.events.filter(({ event }) => !warnings || event.type === "Warning") };
}

const HEADING = ["LAST SEEN", "TYPE", "REASON", "ENVIRONMENT", "OBJECT", "MESSAGE"];

async function cellsOf(events: readonly FoundEvent[], io: Io): Promise<string[][]> {
  const { lastSeen, timesTold } = await import("../events/read.ts");
  return events.map(({ event, environment }) => [
    age(lastSeen(event) || undefined, io.now()),
    event.type ?? "",
    event.reason ?? "",
    environment ?? "-",
    `${event.regarding?.kind}/${event.regarding?.name}`,
    `${event.note ?? ""}${timesTold(event) > 1 ? ` (${timesTold(event)} times)` : ""}`,
  ]);
}
