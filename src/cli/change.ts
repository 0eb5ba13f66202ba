import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { ask } from "./connect.ts";
import type { Io } from "./io.ts";
import { projectResource } from "./projects.ts";

/** Under this name the API server records what people change by this program. */
export const CLI_FIELD_MANAGER = "projectgitops-cli";

/**
 * Changes the very project that was read: one of the same name that came in its place is left alone.
 * @param what such as `suspend`
 */
export async function changeProject(
  client: BunK8sClient,
  { metadata }: ProjectGitOps,
  what: string,
  patch: { metadata?: object; spec?: object },
  io: Io,
): Promise<ProjectGitOps> {
  const { namespace, name, uid } = metadata;
  const body = { ...patch, metadata: { ...patch.metadata, uid } };
  const options = { type: "merge", fieldManager: CLI_FIELD_MANAGER } as const;
  return ask(
    io,
    `${what} ${KIND} ${namespace}/${name}`,
    client.patch(await projectResource(), { namespace, name }, body, options),
  );
}
