import type { Command } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, outputOption } from "../projects.ts";

/** `projectgitops test-setup`: does a set-up work in this cluster, with this repository and this credential? */
export function addTestSetup(program: Command, cli: Cli): void {
  program
    .command("test-setup")
    .description("set up a throwaway project, see it become Ready, remove it: where the time went")
    .requiredOption("--git-url <url>", "the repository: https://…, ssh://… or git@host:owner/repo.git")
    .option("--branch <branch>", "branch to deploy", "main")
    .option("--path <folder>", "folder in the repository to deploy", "./")
    .option("--credential <secret>", "Secret in the namespace of the project; default: a public repository")
    .addOption(namespaceOption())
    .addOption(timeoutOption().default("2m"))
    .option("--keep", "leave the project in place, to look at it")
    .addOption(outputOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
The project gets a name that no other has, and one environment. What the folder
holds is deployed for a moment, into a namespace of its own and with no rights
outside it. What does not become Ready is diagnosed, and then removed all the
same. Ctrl-C removes it too.

Exit code: 0 it became Ready and is gone, 1 it did not, 2 could not ask.

Examples:
  ${cli.io.name} test-setup -n platform \\
    --git-url git@github.com:acme/shop.git --credential shop-git
  ${cli.io.name} test-setup -n platform \\
    --git-url https://github.com/stefanprodan/podinfo.git --branch master \\
    --path ./kustomize`,
    )
    .action(async (flags) => {
      const { testSetup } = await import("../test-setup/run.ts");
      await testSetup(flags, cli);
    });
}
