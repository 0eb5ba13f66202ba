import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, CallOptions } from "../kube/index.ts";
import { PROJECTS, projectKey, projectRef } from "./resources.ts";

/** The project is not what was decided on any more: the pass ends, and the next one judges anew. */
export class Outdated extends Error {
  override name = "Outdated";
}

/**
 * Before anything is deleted the project is read again, consistently (rule 5): uid, generation,
 * deletionTimestamp and completedAt have to be those that were decided on.
 * @throws Outdated; K8sApiError 404 when it is gone
 */
export async function confirmUnchanged(
  client: BunK8sClient,
  decided: ProjectGitOps,
  options: CallOptions,
): Promise<void> {
  const now = await client.get(PROJECTS, projectRef(decided), options);
  const same =
    now.metadata.uid === decided.metadata.uid &&
    now.metadata.generation === decided.metadata.generation &&
    now.metadata.deletionTimestamp === decided.metadata.deletionTimestamp &&
    now.status?.completedAt === decided.status?.completedAt;
  if (!same) throw new Outdated(`ProjectGitOps ${projectKey(decided.metadata)} changed during the pass`);
}
