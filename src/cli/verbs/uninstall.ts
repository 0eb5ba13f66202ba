import type { Command } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Cli } from "../program.ts";

/** `projectgitops uninstall`: tells what would be left without an operator, asks, and removes the operator. */
export function addUninstall(program: Command, { io }: Cli): void {
  program
    .command("uninstall")
    .description("remove the operator: shows what is left without one, and asks")
    .option("--delete-projects", "remove every project first, with its environments")
    .option("--delete-crd", "remove the CRD and every ProjectGitOps; what they made stays")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show it and remove nothing")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Workloads go on: Flux deploys them. The CRD and the projects stay, and are
taken over when the operator is installed again. What Helm or Flux has
installed is theirs to remove: it says with which command.

Exit code: 0 removed, 1 refused or something stays, 2 could not ask.

Examples:
  ${io.name} uninstall --dry-run
  ${io.name} uninstall
  ${io.name} uninstall --delete-projects --delete-crd --yes`,
    )
    .action(async (flags) => (await import("../uninstall/uninstall.ts")).uninstall(flags, io));
}
