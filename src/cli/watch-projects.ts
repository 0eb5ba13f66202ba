import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { projectResource, type Target, where } from "./projects.ts";

/** BOOKMARK comes when all that was there has been told, and now and then. */
export type ProjectEvent =
  | { type: "ADDED" | "MODIFIED" | "DELETED"; object: ProjectGitOps }
  | { type: "BOOKMARK" };

/**
 * Tells every change of these projects until `signal` aborts, beginning with each as it is. A connection that breaks
 * is taken up again, and said so on stderr.
 * @throws CliError when the API server refuses
 */
export async function* watchProjects(
  client: BunK8sClient,
  target: Target,
  io: Io,
  signal: AbortSignal,
): AsyncGenerator<ProjectEvent, void, undefined> {
  const what = `watch ${KIND} ${where(target.namespace)}`;
  const events = client.watch(await projectResource(), {
    signal,
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(target.name === undefined ? {} : { fieldSelector: `metadata.name=${target.name}` }),
    ...(target.name === undefined && target.selector !== undefined ? { labelSelector: target.selector } : {}),
    onRetry: (error) => io.err(`warning: ${error.message}; trying again\n`),
  });
  try {
    yield* events;
  } catch (error) {
    throw await explain(what, error);
  }
}
