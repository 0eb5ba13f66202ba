import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { ask } from "./connect.ts";
import type { Io } from "./io.ts";

/** Under this name the API server records what people change by this program. */
export const CLI_FIELD_MANAGER = "projectgitops-cli";

/**
 * Changes the very project that was read: one of the same name that came in its place is left alone.
 * @param what such as `suspend`
 */
export async function changeProject(
  client: BunK8sClient,
  project: ProjectGitOps,
  what: string,
  patch: { metadata?: object; spec?: object },
  io: Io,
): Promise<ProjectGitOps> {
  const { changeProject: change } = await import("../reconcile/requests.ts");
  const { namespace, name } = project.metadata;
  const changing = change(client, project, patch, { fieldManager: CLI_FIELD_MANAGER });
  return ask(io, `${what} ${KIND} ${namespace}/${name}`, changing);
}
