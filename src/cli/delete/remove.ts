import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { conditionOf } from "../../api/standing.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { follow } from "../follow.ts";
import type { Io } from "../io.ts";
import { isMissing, projectResource } from "../projects.ts";

/** Asks for the deletion of the very project that was read. */
export async function deleteProject(
  client: BunK8sClient,
  { metadata: { namespace, name, uid } }: ProjectGitOps,
  io: Io,
): Promise<void> {
  const options = uid === undefined ? {} : { preconditions: { uid } };
  await ask(io, `delete ${KIND} ${namespace}/${name}`, deleteOne(client, { namespace, name }, options));
}

/** @throws CliError, exit code 1, where it waits for a person */
export async function untilGone(
  client: BunK8sClient,
  { metadata: { namespace, name, uid } }: ProjectGitOps,
  timeout: string,
  io: Io,
): Promise<void> {
  await follow<true>(
    client,
    {
      ref: { namespace, name },
      what: "to be gone",
      timeout,
      look: (project) => {
        if (project === undefined || project.metadata.uid !== uid) return { answer: true };
        const ready = conditionOf(project, "Ready");
        if (ready?.reason === "DeletionProtected") throw isProtected(project, ready.message);
        return { waitingFor: project.status?.message ?? "the operator to see it" };
      },
    },
    io,
  );
}

/** Somebody else may have been quicker: gone is gone. */
async function deleteOne(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
  options: { preconditions?: { uid: string } },
): Promise<void> {
  try {
    await client.delete(await projectResource(), ref, options);
  } catch (error) {
    if (!(await isMissing(error))) throw error;
  }
}

function isProtected({ metadata }: ProjectGitOps, message: string): CliError {
  const { namespace, name } = metadata;
  return new CliError(`${KIND} ${namespace}/${name} is kept: an environment is protected`, {
    details: [message],
    next: "let go by the command above, and the deletion goes on by itself",
    exitCode: EXIT.no,
  });
}
