import { GROUP, KIND, PLURAL, VERSION } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import { defineResource, type KubeObject, type Ref, type ResourceType } from "../kube/index.ts";
import type { LiveObject } from "../machine/index.ts";
import { MANAGED_KINDS, type ManagedKind, type ObjectId } from "../plan/index.ts";

/** How the API server serves what this operator reads and writes. */
export const PROJECTS: ResourceType<ProjectGitOps> = defineResource<ProjectGitOps>({
  group: GROUP,
  version: VERSION,
  plural: PLURAL,
  kind: KIND,
  namespaced: true,
});

export const resourceOf = (kind: ManagedKind): ResourceType => RESOURCES[kind];

export const refOf = ({ namespace, name }: ObjectId): Ref =>
  namespace === "" ? { name } : { namespace, name };

export const projectRef = (project: ProjectGitOps): { namespace: string; name: string } => ({
  namespace: project.metadata.namespace,
  name: project.metadata.name,
});

/** The key of a project in every map and log line: `namespace/name`. */
export const projectKey = ({ namespace, name }: { namespace?: string; name?: string }): string =>
  `${namespace ?? ""}/${name ?? ""}`;

/** What the client returned, with the metadata that every object of the API server has. */
export const asLive = (object: KubeObject): LiveObject => object as unknown as LiveObject;

const RESOURCES = Object.fromEntries(
  Object.entries(MANAGED_KINDS).map(([kind, { group, version, plural, namespaced }]) => [
    kind,
    defineResource<KubeObject>({ group, version, plural, kind, namespaced }),
  ]),
) as Record<ManagedKind, ResourceType>;
