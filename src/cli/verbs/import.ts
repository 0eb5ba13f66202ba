import type { Command } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import { timeoutOption } from "../follow.ts";
import type { Cli } from "../program.ts";

const many = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** `projectgitops import --project ID`: a project of namespaces, Secrets and Flux objects that are there already. */
export function addImport(program: Command, { io }: Cli): void {
  program
    .command("import")
    .description("make a project of namespaces and Flux objects that are there already")
    .option("--project <id>", "its projectId")
    .option("--name <name>", "name of the ProjectGitOps; default the projectId")
    .option("-n, --namespace <namespace>", "where it stands; default the context's")
    .option("--from-namespaces <a,b,c>", "namespaces of its environments, repeatable", many)
    .option("-l, --selector <selector>", "namespaces with these labels")
    .option("--discover", "show what there is to import, by repository")
    .option("--as <namespace=name>", "name of the environment in a namespace, repeatable", many)
    .option("--credential <secret>", "Secret beside it; default PROJECT-git")
    .option("--apply", "take it over; else the plan and the manifest are printed")
    .option("--accept-losses", "go on although something cannot be carried over")
    .option("-y, --yes", "do not ask")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Reads GitRepositories, Kustomizations, Secrets, ServiceAccounts, RoleBindings.
What has the operator's names is kept: --apply labels it, creates the project,
waits, and checks that every uid is the same. What has other names gets a new
one beside it, and the plan says when the old one can go: never by pruning.
No Secret is printed.

Exit code: 0 printed or taken over, 1 refused, 2 could not ask.

Examples:
  ${io.name} import --discover
  ${io.name} import --project shop -n platform -l team=shop > shop.yaml
  ${io.name} import --project shop -n platform --apply \\
    --from-namespaces project-shop-development,project-shop-production`,
    )
    .action(async (flags) => (await import("../import/import.ts")).importProject(flags, io));
}
