import { ANNOTATIONS, LABELS, MANAGED_SELECTOR } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { NAMESPACES } from "../../../kube/index.ts";
import type { LiveObject } from "../../../machine/index.ts";
import { environmentNamespace } from "../../../plan/index.ts";
import { asLive, projectKey } from "../../../reconcile/resources.ts";
import type { Look, Seen } from "../look.ts";

/** A Namespace of a project, with what its conditions say. */
export interface NamespaceObject extends LiveObject {
  readonly status?: { readonly conditions?: readonly NamespaceCondition[] };
}

export interface NamespaceCondition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

export interface ProjectNamespaces {
  /** The Namespace of each environment of the spec, by the environment's name. */
  readonly planned: ReadonlyMap<string, Seen<NamespaceObject>>;
  /** Those that name this project as their owner and that the spec does not ask for: its own, and an earlier one's. */
  readonly others: readonly NamespaceObject[];
}

/** The Namespaces that the spec leads to, and those that once belonged to a project of this name: one list, mostly. */
export function readNamespaces(look: Look, project: ProjectGitOps): Promise<ProjectNamespaces> {
  const key = projectKey(project.metadata);
  return look.once(`namespaces of ${key}`, async () => {
    const { projectId, environments } = project.spec;
    const labelSelector = `${MANAGED_SELECTOR},${LABELS.project}=${projectId}`;
    const listed = ((await look.list(NAMESPACES, { labelSelector })) ?? []).map(asNamespace);
    const names = new Map(environments.map((one) => [one.name, environmentNamespace(project.spec, one)]));
    const planned = await Promise.all(
      [...names].map(async ([environment, name]): Promise<[string, Seen<NamespaceObject>]> => {
        const object = listed.find(({ metadata }) => metadata.name === name);
        return [environment, object ? { state: "found", object } : await readNamespace(look, name)];
      }),
    );
    const wanted = new Set(names.values());
    return {
      planned: new Map(planned),
      others: listed.filter(({ metadata }) => !wanted.has(metadata.name) && ownerOf(metadata) === key),
    };
  });
}

export async function readNamespace(look: Look, name: string): Promise<Seen<NamespaceObject>> {
  const seen = await look.get(NAMESPACES, { name });
  return seen.state === "found" ? { state: "found", object: asNamespace(seen.object) } : seen;
}

/** `namespace/name` of the ProjectGitOps that it names. */
export const ownerOf = ({ annotations }: LiveObject["metadata"]): string | undefined =>
  annotations?.[ANNOTATIONS.owner];

const asNamespace = (object: Parameters<typeof asLive>[0]): NamespaceObject =>
  asLive(object) as NamespaceObject;
