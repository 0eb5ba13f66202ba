import { ANNOTATIONS, FINALIZER } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, CallOptions, PartialObjectMetadata, WriteOptions } from "../kube/index.ts";
import { listedIn } from "../machine/index.ts";
import { PROJECTS, projectRef } from "./resources.ts";

/** Whether a project still has to be claimed: it has no finalizer of ours, and is not on its way out. */
export const needsClaim = ({ metadata }: PartialObjectMetadata): boolean =>
  metadata?.deletionTimestamp === undefined && !metadata?.finalizers?.includes(FINALIZER);

/**
 * The finalizer patch, the only write before the first POST. It also begins the set-up: uid and start,
 * which a rollback needs as proof (rule 4), only where neither annotation was there. Its answer is the
 * whole object, so that a new project costs no read.
 */
export function claim(
  client: BunK8sClient,
  { metadata }: PartialObjectMetadata,
  now: string,
  options: CallOptions,
): Promise<ProjectGitOps> {
  const {
    uid,
    resourceVersion,
    namespace = "",
    name = "",
    finalizers = [],
    annotations = {},
  } = metadata ?? {};
  const begun = ANNOTATIONS.setup in annotations || ANNOTATIONS.completed in annotations;
  const patch = {
    metadata: {
      uid,
      resourceVersion,
      finalizers: [...finalizers, FINALIZER],
      ...(begun ? {} : { annotations: { [ANNOTATIONS.setup]: `${uid}/${now}` } }),
    },
  };
  return client.patch(PROJECTS, { namespace, name }, patch, { ...options, type: "merge" });
}

/** After the first COMPLETED: from now on nothing is ever rolled back, even if the status is lost. */
export function seal(
  client: BunK8sClient,
  project: ProjectGitOps,
  options: CallOptions,
): Promise<ProjectGitOps> {
  const { uid, resourceVersion } = project.metadata;
  const annotations = { [ANNOTATIONS.setup]: null, [ANNOTATIONS.completed]: uid };
  const patch = { metadata: { uid, resourceVersion, annotations } };
  return client.patch(PROJECTS, projectRef(project), patch, { ...options, type: "merge" });
}

/** Takes namespaces that are gone out of the confirm-delete annotation: a confirmation is good for one removal. */
export function consumeConfirmation(
  client: BunK8sClient,
  project: ProjectGitOps,
  namespaces: readonly string[],
  options: CallOptions,
): Promise<ProjectGitOps> {
  const { uid, resourceVersion } = project.metadata;
  const left = listedIn(project, ANNOTATIONS.confirmDelete).filter((name) => !namespaces.includes(name));
  const annotations = { [ANNOTATIONS.confirmDelete]: left.length > 0 ? left.join(",") : null };
  const patch = { metadata: { uid, resourceVersion, annotations } };
  return client.patch(PROJECTS, projectRef(project), patch, { ...options, type: "merge" });
}

/** Takes the finalizer off: nothing of the project is left. */
export async function release(
  client: BunK8sClient,
  project: ProjectGitOps,
  options: WriteOptions,
): Promise<void> {
  const { uid, resourceVersion, finalizers = [] } = project.metadata;
  const rest = finalizers.filter((finalizer) => finalizer !== FINALIZER);
  const patch = { metadata: { uid, resourceVersion, finalizers: rest } };
  await client.patch(PROJECTS, projectRef(project), patch, { ...options, type: "merge" });
}
