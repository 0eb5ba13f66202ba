import type { Command } from "@commander-js/extra-typings";
import { type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Io } from "../io.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, readProject } from "../projects.ts";
import { readyLine, untilReady } from "../until-ready.ts";

interface WaitFlags extends ClusterFlags {
  namespace?: string | undefined;
  timeout: string;
}

/** `projectgitops wait NAME`: until it is Ready, or cannot become it. */
export function addWait(program: Command, { io }: Cli): void {
  program
    .command("wait")
    .description("wait until a project is Ready")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Unlike kubectl wait it ends at once where waiting does not help: the project has
failed, is suspended, or stands in someone's way.

Exit code: 0 it is Ready, 1 it is not, 2 the cluster was not reached.

Examples:
  ${io.name} wait shop -n platform
  ${io.name} wait shop -n platform --timeout 90s`,
    )
    .action((name, flags) => wait(name, flags, io));
}

async function wait(name: string, flags: WaitFlags, io: Io): Promise<void> {
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  await readProject(client, ref, io);
  io.out(readyLine(await untilReady(client, ref, flags.timeout, io)));
}
