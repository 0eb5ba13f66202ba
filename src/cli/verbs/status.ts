import type { Command } from "@commander-js/extra-typings";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import type { Io } from "../io.ts";
import { isMachine, machineText } from "../output.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, outputOption, readProject } from "../projects.ts";

interface StatusFlags extends ClusterFlags {
  namespace?: string | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

/** `projectgitops status NAME`: one project in full. */
export function addStatus(program: Command, { io }: Cli): void {
  program
    .command("status")
    .description("one project in full: source, credential, environments, events")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Of the credential only its kind and the fingerprint of a public key are told.
-o wide shortens nothing.

Examples:
  ${io.name} status shop -n platform
  ${io.name} status shop -n platform -o json | jq '.environments[].revision'`,
    )
    .action((name, flags) => status(name, flags, io));
}

async function status(name: string, flags: StatusFlags, io: Io): Promise<void> {
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  const project = await readProject(client, ref, io);
  const [{ gatherStatus }, { statusText }] = await Promise.all([
    import("../status/gather.ts"),
    import("../status/text.ts"),
  ]);
  const report = await ask(io, "read what belongs to it", gatherStatus(client, project));
  if (isMachine(flags.output)) return io.out(await machineText(report, flags.output));
  io.out(statusText(report, flags.output === "wide" ? { ...io, columns: undefined } : io));
}
