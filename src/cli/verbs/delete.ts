import type { Command } from "@commander-js/extra-typings";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { ask, type ClusterFlags, connect, contextOption, kubeconfigOption } from "../connect.ts";
import { fateTable } from "../delete/fate-table.ts";
import { deleteProject, untilGone } from "../delete/remove.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs, timeoutOption } from "../follow.ts";
import type { Io } from "../io.ts";
import type { Cli } from "../program.ts";
import { namespaceOption, readProject } from "../projects.ts";

interface DeleteFlags extends ClusterFlags {
  namespace?: string | undefined;
  yes?: boolean | undefined;
  dryRun?: boolean | undefined;
  wait: boolean;
  timeout: string;
}

/** `projectgitops delete NAME`: shows what will go, asks, deletes, and waits until it is gone. */
export function addDelete(program: Command, { io }: Cli): void {
  program
    .command("delete")
    .description("delete a project: shows what will go, and asks")
    .argument("<name>", "the project")
    .addOption(namespaceOption())
    .option("-y, --yes", "do not ask")
    .option("--dry-run", "show what would go and delete nothing")
    .option("--no-wait", "do not wait until all is gone")
    .addOption(timeoutOption())
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addHelpText(
      "after",
      `
Examples:
  ${io.name} delete shop -n platform --dry-run
  ${io.name} delete shop -n platform
  ${io.name} delete shop -n platform --yes --no-wait`,
    )
    .action((name, flags) => remove(name, flags, io));
}

async function remove(name: string, flags: DeleteFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name };
  const project = await readProject(client, ref, io);
  const { fatesOf } = await import("../delete/fate.ts");
  const fates = await ask(io, "read what would go", fatesOf(client, project));
  io.out(`${heading(project, flags)}\n${fateTable(fates, io)}`);
  if (flags.dryRun) return;
  if (!flags.yes) await confirm(ref, io);

  await deleteProject(client, project, io);
  if (!flags.wait) return io.out(`${ref.namespace}/${name} is being deleted\n`);
  await untilGone(client, project, flags.timeout, io);
  io.out(`${ref.namespace}/${name} is gone\n`);
}

function heading({ metadata }: ProjectGitOps, { dryRun }: DeleteFlags): string {
  const name = `${KIND} ${metadata.namespace}/${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return `${name} is being deleted already:`;
  return dryRun ? `${name} would be deleted:` : `${name} will be deleted:`;
}

async function confirm({ namespace, name }: { namespace: string; name: string }, io: Io): Promise<void> {
  const answer = await io.prompt(`Delete it? Type its name, ${name}, to go on: `);
  if (answer === undefined) {
    throw new CliError("nothing was deleted: there is no terminal to ask on", {
      next: `${io.name} delete ${name} -n ${namespace} --yes`,
    });
  }
  if (answer.trim() !== name) throw new CliError("nothing was deleted", { exitCode: EXIT.no });
}
