import { ANNOTATIONS, LABELS } from "../../api/names.ts";
import { type BunK8sClient, isNotFound, K8sApiError, type PartialObjectMetadata } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { PROJECTS, refOf, resourceOf } from "../../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import type { CliError } from "../errors.ts";
import { explain } from "../explain.ts";
import type { Io } from "../io.ts";
import { type Adopter, adoptionMarks } from "./target.ts";
import type { NamedOwner } from "./verdict.ts";

/** The ProjectGitOps that an object's marks name: the operator acts only for the one with that very uid. */
export async function namedOwner(
  client: BunK8sClient,
  { metadata }: PartialObjectMetadata,
): Promise<NamedOwner> {
  const uid = metadata?.annotations?.[ANNOTATIONS.ownerUid];
  if (uid === undefined) return { state: "none" };
  const [namespace = "", name = ""] = (metadata?.annotations?.[ANNOTATIONS.owner] ?? "").split("/");
  if (namespace === "" || name === "") return { state: "gone" };
  try {
    const project = await client.get(PROJECTS, { namespace, name });
    return project.metadata.uid === uid ? { state: "live", project } : { state: "gone" };
  } catch (error) {
    if (isNotFound(error)) return { state: "gone" };
    if (error instanceof K8sApiError && error.statusCode === 403) return { state: "unknown" };
    throw error;
  }
}

/**
 * Hands the very object that was shown over to a project.
 * @param leftOver marks of a ProjectGitOps that is gone are taken off too
 */
export async function mark(
  client: BunK8sClient,
  id: ObjectId,
  shown: PartialObjectMetadata,
  adopter: Adopter,
  leftOver: boolean,
  io: Io,
): Promise<void> {
  // No version: Flux writes statuses all the time, and a label on what another has taken since hands nothing over.
  const { uid } = shown.metadata ?? {};
  const { labels, annotations } = adoptionMarks(adopter);
  // created-by too: what is adopted is let go unharmed at the end, never deleted.
  const keys = [ANNOTATIONS.owner, ANNOTATIONS.ownerUid, ANNOTATIONS.createdBy, ANNOTATIONS.gitHost];
  const stale = Object.fromEntries(keys.map((key) => [key, null]));
  const metadata = {
    uid,
    labels: { ...labels, ...(leftOver ? { [LABELS.project]: null, [LABELS.environment]: null } : {}) },
    annotations: { ...annotations, ...(leftOver ? stale : {}) },
  };
  const patching = client
    .patch(resourceOf(id.kind), refOf(id), { metadata }, { type: "merge", fieldManager: CLI_FIELD_MANAGER })
    .catch(async (error: unknown) => {
      throw await refusedMark(id, error);
    });
  await ask(io, `label ${describe(id)}`, patching);
}

async function refusedMark(id: ObjectId, error: unknown): Promise<CliError> {
  const what = `label ${describe(id)}`;
  const status = error instanceof K8sApiError ? error.statusCode : 0;
  if (status === 403) {
    const plural = resourceOf(id.kind).plural;
    return explain(
      what,
      error,
      `ask an administrator of the cluster: handing over takes the right to patch ${plural}`,
    );
  }
  if (status === 409) return explain(what, error, "it changed while you looked at it: look again");
  return explain(what, error);
}
