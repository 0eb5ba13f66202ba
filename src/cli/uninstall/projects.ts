import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { projectKey } from "../../reconcile/resources.ts";
import { ask } from "../connect.ts";
import { fatesOf } from "../delete/fate.ts";
import { fateTable } from "../delete/fate-table.ts";
import { deleteProject, untilGone } from "../delete/remove.ts";
import { CliError } from "../errors.ts";
import { outcomeLine } from "../installed/objects.ts";
import type { Io } from "../io.ts";

/** What becomes of each project, as `delete` tells it. */
export async function fatesText(
  client: BunK8sClient,
  projects: readonly ProjectGitOps[],
  io: Io,
): Promise<string> {
  const tables = projects.map(async (project) => {
    const fates = await ask(io, "read what would go", fatesOf(client, project));
    return `${projectKey(project.metadata)} is deleted first:\n${fateTable(fates, io)}`;
  });
  return (await Promise.all(tables)).join("");
}

/**
 * Deletes all of them and waits until each is gone; the operator removes them side by side.
 * @throws CliError: the first that stays, exit code 1; the operator stays then too
 */
export async function removeProjects(
  client: BunK8sClient,
  projects: readonly ProjectGitOps[],
  timeout: string,
  io: Io,
): Promise<void> {
  for (const project of projects) await deleteProject(client, project, io);
  const ends = await Promise.allSettled(
    projects.map(async (project) => {
      await untilGone(client, project, timeout, io);
      io.out(outcomeLine(`ProjectGitOps ${projectKey(project.metadata)}`, "removed"));
    }),
  );
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : []));
  const [first, ...others] = failures;
  if (first === undefined) return;
  if (!(first instanceof CliError)) throw first;
  const { message, details, next, exitCode } = first;
  const more = others.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new CliError(`${message}; the operator stays`, {
    details: [...details, ...more],
    ...(next === undefined ? {} : { next }),
    exitCode,
  });
}
