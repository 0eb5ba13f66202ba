import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { isNotFound } from "../../../src/kube/index.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { describe, type ObjectId } from "../../../src/plan/index.ts";
import { PROJECTS, refOf, resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import {
  find,
  getProject,
  idsOf,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "../support/scope.ts";

export type Spec = NonNullable<Parameters<typeof projectObject>[2]>;

export const FLUX_FINALIZER = "finalizers.fluxcd.io";

export const ONE: Spec = { environments: [{ name: "development" }] };

/** Applies a project under a name of its own and waits until it is COMPLETED. */
export async function setUp(scope: Scope, spec: Spec = ONE): Promise<ProjectGitOps> {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  return untilPhase(scope, id, "COMPLETED");
}

export const remove = ({ admin, namespace }: Scope, name: string) =>
  admin.delete(PROJECTS, { namespace, name });

export const patchProject = ({ admin, namespace }: Scope, name: string, patch: object) =>
  admin.patch(PROJECTS, { namespace, name }, patch, { type: "merge" });

export const isGone = (scope: Scope, name: string): Promise<boolean> =>
  getProject(scope, name).then(() => false, isNotFound);

export const untilGone = (scope: Scope, name: string, deadlineMs = 60_000) =>
  eventually(() => isGone(scope, name), { description: `${name} is gone`, deadlineMs });

/** Deletes a ProjectGitOps past its finalizer, as somebody in a hurry does; nothing of it may run meanwhile. */
export async function forceRemove(scope: Scope, name: string): Promise<void> {
  await patchProject(scope, name, { metadata: { finalizers: null } });
  await remove(scope, name).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
  await untilGone(scope, name);
}

export const namespaceId = (name: string): ObjectId => ({ kind: "Namespace", namespace: "", name });

export const homeOf = (project: ProjectGitOps, environment: string): string =>
  `project-${project.spec.projectId}-${environment}`;

export const patchObject = ({ admin }: Scope, id: ObjectId, patch: object) =>
  admin.patch(resourceOf(id.kind), refOf(id), patch, { type: "merge" });

export interface Standing {
  object: string;
  uid: string | undefined;
  going: boolean;
}

/** Which objects of a project stand, by uid: for comparison before and after. */
export async function standing({ admin }: Pick<Scope, "admin">, project: ProjectGitOps): Promise<Standing[]> {
  return Promise.all(idsOf(project).map(async (id) => stand(id, await find(admin, id))));
}

const stand = (id: ObjectId, live: LiveObject | undefined): Standing => ({
  object: describe(id),
  uid: live?.metadata.uid,
  going: live?.metadata.deletionTimestamp !== undefined,
});
