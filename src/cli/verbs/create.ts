import { type Command, Option } from "@commander-js/extra-typings";
import { contextOption, kubeconfigOption } from "../connect.ts";
import type { Cli } from "../program.ts";

const many = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];

/** `projectgitops create`: the manifest of a new project from flags, or from questions where flags are missing. */
export function addCreate(program: Command, { io }: Cli): void {
  program
    .command("create")
    .description("write the manifest of a new project, from flags or from questions")
    .option("--name <name>", "name of the ProjectGitOps")
    .option("--project-id <id>", "projectId; default the name")
    .option("-n, --namespace <namespace>", "where it stands; default the context's")
    .option("--git-url <url>", "repository: https://… or git@host:owner/repo.git")
    .option("--branch <branch>", "branch to deploy; default main")
    .option("--tag <tag>", "tag to deploy")
    .option("--semver <range>", "newest tag in this range, such as '>=1.0.0'")
    .option("--commit <id>", "commit to deploy")
    .option("--interval <duration>", "how often Flux looks at the repository")
    .option("--credential <secret>", "Secret with the credential; none for a public repository")
    .option("--known-hosts <file>", "host keys of a git host that is not well known")
    .option("--environment <name[=path]>", "an environment, repeatable", many)
    .option("--path-template <path>", "path of the others; {name} is the environment's name")
    .option("--ref <name=kind:value>", "another ref for one environment, repeatable", many)
    .option("--protected <name>", "environment that is not removed unconfirmed, repeatable", many)
    .addOption(new Option("--deletion-policy <policy>", "what deleting does").choices(["Delete", "Orphan"]))
    .option("--setup-timeout <duration>", "how long the first set-up may take")
    .option("--apply", "send it to the cluster; changes nothing that is there")
    .addOption(new Option("--dry-run <where>", "have the API server try it").choices(["server"]))
    .addOption(
      new Option("-o, --output <format>", "how to print it")
        .choices(["yaml", "json"])
        .default("yaml" as const),
    )
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Without --name, --git-url or --environment it asks, on a terminal, for all that
no flag says. The manifest goes to stdout, what to do next to stderr.

Exit code: 0 written or created, 1 it would be refused or is there already, 2
could not ask.

Examples:
  ${io.name} create
  ${io.name} create --name shop -n platform --credential shop-git \\
    --git-url git@github.com:acme/shop.git \\
    --environment staging --environment production --protected production \\
    --ref 'production=semver:>=1.0.0' > shop.yaml
  ${io.name} create --name docs --git-url https://github.com/acme/docs.git \\
    --environment production=./deploy --apply`,
    )
    .action(async (flags) => (await import("../create/create.ts")).create(flags, io));
}
