import { ANNOTATIONS } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, isNotFound, NAMESPACES } from "../kube/index.ts";
import type { Limits, LiveObject } from "../machine/index.ts";

type Annotated = Pick<Limits, "allowedProjects" | "allowedRepositories">;

/**
 * What the Namespaces that hold ProjectGitOps objects allow: from the resync's list of Namespaces, which is made in
 * any case, so that no project costs a request for it. A Namespace that is newer than that list is read once.
 */
export class HoldingNamespaces {
  readonly #known = new Map<string, Annotated>();

  /** @returns names of those whose limits are others than before */
  replace(all: readonly { metadata: LiveObject["metadata"] }[]): Set<string> {
    const changed = new Set<string>();
    const names = new Set<string>();
    for (const { metadata } of all) {
      const { name } = metadata;
      names.add(name);
      const limits = limitsOf(metadata.annotations);
      const before = this.#known.get(name);
      if (before !== undefined && !Bun.deepEquals(before, limits)) changed.add(name);
      this.#known.set(name, limits);
    }
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    return changed;
  }

  /** @throws K8sApiError, TransportError: what a Namespace allows is never guessed */
  async of(client: BunK8sClient, name: string, options: CallOptions): Promise<Annotated> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    try {
      const { metadata } = await client.getMetadata(NAMESPACES, { name }, options);
      const limits = limitsOf(metadata?.annotations);
      this.#known.set(name, limits);
      return limits;
    } catch (error) {
      // It goes, and the project with it.
      if (isNotFound(error)) return {};
      throw error;
    }
  }
}

function limitsOf(annotations: Readonly<Record<string, string>> | undefined): Annotated {
  const projects = annotations?.[ANNOTATIONS.allowedProjects];
  const repositories = annotations?.[ANNOTATIONS.allowedRepositories];
  return {
    ...(projects === undefined ? {} : { allowedProjects: projects }),
    ...(repositories === undefined ? {} : { allowedRepositories: repositories }),
  };
}
