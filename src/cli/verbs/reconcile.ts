import type { Command } from "@commander-js/extra-typings";
import { ANNOTATIONS, KIND } from "../../api/names.ts";
import { changeProject } from "../change.ts";
import { type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs, timeoutOption } from "../follow.ts";
import type { Io } from "../io.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, readProject } from "../projects.ts";
import { readyLine, untilReady } from "../until-ready.ts";

interface ReconcileFlags extends ClusterFlags {
  namespace?: string | undefined;
  withSource?: boolean | undefined;
  wait?: boolean | undefined;
  timeout: string;
}

/** `projectgitops reconcile NAME`: a pass now, and with --with-source a look of Flux at git too. */
export function addReconcile(program: Command, { io }: Cli): void {
  program
    .command("reconcile")
    .description("look at a project now, instead of when its time comes")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("--with-source", "first have Flux fetch from git and deploy in every environment")
    .option("--wait", "wait until the project is Ready with what that brought")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
It also ends FAILED: a set-up that was given up begins again.

Examples:
  ${io.name} reconcile shop -n platform
  ${io.name} reconcile shop -n platform --with-source --wait`,
    )
    .action((name, flags) => reconcile(name, flags, io));
}

async function reconcile(name: string, flags: ReconcileFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  const project = await readProject(client, ref, io);
  if (project.spec.suspend) {
    throw new CliError(`${KIND} ${ref.namespace}/${name} is suspended`, {
      next: `${io.name} resume ${name} -n ${ref.namespace}`,
      exitCode: EXIT.no,
    });
  }
  const at = new Date(io.now()).toISOString();
  if (flags.withSource) {
    const [{ requestFlux, untilHandled }, { deliveriesOf, sourcesOf }] = await Promise.all([
      import("../flux-requests.ts"),
      import("../../reconcile/requests.ts"),
    ]);
    const sources = await requestFlux(client, sourcesOf(project), at, io);
    // Else a delivery may answer with what was fetched before.
    if (flags.wait) await untilHandled(client, sources, at, flags.timeout, io);
    const deliveries = await requestFlux(client, deliveriesOf(project), at, io);
    if (flags.wait) await untilHandled(client, deliveries, at, flags.timeout, io);
  }
  const annotations = { [ANNOTATIONS.requestedAt]: at };
  await changeProject(client, project, "reconcile", { metadata: { annotations } }, io);
  if (!flags.wait) return io.out(`${ref.namespace}/${name}: asked for a look now\n`);
  io.out(readyLine(await untilReady(client, ref, flags.timeout, io)));
}
