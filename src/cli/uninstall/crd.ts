import { CRD_NAME } from "../../api/crd.ts";
import { FINALIZER } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import {
  type BunK8sClient,
  CUSTOM_RESOURCE_DEFINITIONS,
  isConflict,
  type PartialObjectMetadata,
} from "../../kube/index.ts";
import { release } from "../../reconcile/claim.ts";
import { projectKey } from "../../reconcile/resources.ts";
import { orMissing } from "../answers.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import type { Look } from "../follow.ts";
import { outcomeLine } from "../installed/objects.ts";
import { until } from "../installed/until.ts";
import type { Io } from "../io.ts";
import { listProjects, readCrd } from "./standing.ts";

const TEXT = `CustomResourceDefinition ${CRD_NAME}`;

/**
 * Deletes the very CRD that was seen, and every ProjectGitOps with it, and waits until it is gone. While it is on
 * its way out an operator takes its finalizers off and touches nothing else (DESIGN rule 9).
 * @param releases no operator runs: this command does just that in its place
 * @throws CliError, exit code 1, after the timeout
 */
export async function removeCrd(
  client: BunK8sClient,
  crd: PartialObjectMetadata,
  { timeout, releases }: { timeout: string; releases: boolean },
  io: Io,
): Promise<void> {
  const { uid = "" } = crd.metadata ?? {};
  const deleting = client.delete(CUSTOM_RESOURCE_DEFINITIONS, { name: CRD_NAME }, { preconditions: { uid } });
  await ask(io, `delete ${TEXT}`, orMissing(deleting));
  await until(io, {
    what: `${TEXT} to be gone`,
    timeout,
    next: "kubectl get projectgitops -A -o custom-columns=NAME:.metadata.name,HELD:.metadata.finalizers",
    look: async (): Promise<Look<true>> => {
      const now = await readCrd(client, io);
      if (now === undefined || now.metadata?.uid !== uid) return { answer: true };
      const projects = await listProjects(client, io);
      if (releases) for (const project of projects) await releaseLeaving(client, project, io);
      return { waitingFor: `${projects.length} ProjectGitOps objects to be released` };
    },
  });
  io.out(outcomeLine(TEXT, "removed"));
}

/** Only from one that is being deleted: nothing that it made is touched, and no other finalizer. */
async function releaseLeaving(client: BunK8sClient, project: ProjectGitOps, io: Io): Promise<void> {
  const { deletionTimestamp, finalizers = [] } = project.metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(FINALIZER)) return;
  const releasing = release(client, project, { fieldManager: CLI_FIELD_MANAGER }).catch((error: unknown) => {
    if (!isConflict(error)) throw error; // it changed since: the next look sees it as it is
  });
  await ask(io, `release ProjectGitOps ${projectKey(project.metadata)}`, orMissing(releasing));
}
