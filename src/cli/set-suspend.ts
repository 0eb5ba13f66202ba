import type { Command } from "@commander-js/extra-typings";
import { changeProject } from "./change.ts";
import { type ClusterFlags, connect, contextOption, kubeconfigOption } from "./connect.ts";
import type { Cli } from "./program.ts";
import { namespaceOption, readProject } from "./projects.ts";

interface SuspendWords {
  verb: "suspend" | "resume";
  description: string;
  suspend: boolean;
  /** Said where it is so already. */
  already: string;
  done: string;
  help: string;
}

interface SuspendFlags extends ClusterFlags {
  namespace?: string | undefined;
}

/** What suspend and resume have in common: all but the words. */
export function addSuspension(program: Command, { io }: Cli, words: SuspendWords): void {
  program
    .command(words.verb)
    .description(words.description)
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText("after", `\n${words.help}\n\nExamples:\n  ${io.name} ${words.verb} shop -n platform`)
    .action(async (name, flags: SuspendFlags) => {
      const client = await connect(flags, io);
      const namespace = flags.namespace ?? client.namespace;
      const project = await readProject(client, { namespace, name }, io);
      if (project.spec.suspend === words.suspend) return io.out(`${namespace}/${name} ${words.already}\n`);
      await changeProject(client, project, words.verb, { spec: { suspend: words.suspend } }, io);
      io.out(`${namespace}/${name} ${words.done}\n`);
    });
}
