import type { Command } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Cli } from "../program.ts";

/** `projectgitops adopt NAMESPACE|KIND/NAME`: hands over what is there, after showing what it is and who holds it. */
export function addAdopt(program: Command, { io }: Cli): void {
  program
    .command("adopt")
    .description("hand a namespace, or an object in it, over to a project: shows it, and asks")
    .argument("<target>", "a namespace, or KIND/NAME with -n")
    .requiredOption("--project <name>", "the ProjectGitOps: NAME or NAMESPACE/NAME")
    .option("--project-id <id>", "projectId of one that is not there yet; default its name")
    .option("-n, --namespace <namespace>", "of KIND/NAME, and of --project where it names none")
    .option("--with-contents", "also what is in the namespace under names that the project makes")
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show it and change nothing")
    .option("--wait", "wait until the operator has taken it over")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
It sets the label projectgitops.dev/adopt and an annotation, and nothing else.
What is adopted is never deleted with the project: it is let go unharmed.
Namespaces of the cluster itself, and what another project holds, are refused.

Exit code: 0 handed over, 1 refused, 2 could not ask.

Examples:
  ${io.name} adopt shop-dev --project shop -n platform --dry-run
  ${io.name} adopt shop-dev --project platform/shop --with-contents --wait
  ${io.name} adopt Secret/shop-git-auth -n shop-dev --project platform/shop`,
    )
    .action(async (target, flags) => (await import("../adopt/adopt.ts")).adopt(target, flags, io));
}
