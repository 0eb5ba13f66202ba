import { ANNOTATIONS } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, KubeObject, WriteOptions } from "../kube/index.ts";
import { isDelivery, type ObjectId, plannedIds } from "../plan/index.ts";
import { PROJECTS, projectRef, refOf, resourceOf } from "./resources.ts";

/** What people ask of a project and of Flux: for the command line and the services. The operator asks in its own way. */

/** Under whose name the API server records it. */
export type Asking = WriteOptions & { fieldManager: string };

export interface FluxObject extends KubeObject {
  spec?: { suspend?: boolean };
  status?: { lastHandledReconcileAt?: string };
}

/** The Flux objects that fetch, one for each environment. */
export const sourcesOf = ({ spec }: ProjectGitOps): ObjectId[] =>
  plannedIds(spec).filter(({ kind }) => kind === "GitRepository");

/** The Flux objects that deploy, one for each environment. */
export const deliveriesOf = ({ spec }: ProjectGitOps): ObjectId[] =>
  plannedIds(spec).filter(({ kind }) => isDelivery(kind));

/** Changes the very project that was read: one of the same name that came in its place is left alone (409). */
export function changeProject(
  client: BunK8sClient,
  project: ProjectGitOps,
  { metadata, spec }: { metadata?: object; spec?: object },
  options: Asking,
): Promise<ProjectGitOps> {
  const body = { ...(spec && { spec }), metadata: { ...metadata, uid: project.metadata.uid } };
  return client.patch(PROJECTS, projectRef(project), body, { ...options, type: "merge" });
}

/** Asks the operator for a pass over this project now. @param at RFC 3339, another one for each request */
export const requestPass = (
  client: BunK8sClient,
  project: ProjectGitOps,
  at: string,
  options: Asking,
): Promise<ProjectGitOps> =>
  changeProject(client, project, { metadata: { annotations: { [ANNOTATIONS.requestedAt]: at } } }, options);

/** Asks Flux for a look at this object now. @returns whether it will answer: a suspended one does not */
export async function requestLook(
  client: BunK8sClient,
  id: ObjectId,
  at: string,
  options: Asking,
): Promise<boolean> {
  const body = { metadata: { annotations: { [ANNOTATIONS.requestedAt]: at } } };
  const object: FluxObject = await client.patch(resourceOf(id.kind), refOf(id), body, {
    ...options,
    type: "merge",
  });
  return object.spec?.suspend !== true;
}

/** Whether Flux has answered the request of this time. */
export const hasHandled = ({ status }: FluxObject, at: string): boolean =>
  status?.lastHandledReconcileAt === at;
