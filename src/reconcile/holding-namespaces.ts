import { ANNOTATIONS } from "../api/names.ts";
import {
  type BunK8sClient,
  type CallOptions,
  NAMESPACES,
  type PartialObjectMetadata,
} from "../kube/index.ts";
import type { Limits } from "../machine/index.ts";

type Annotated = Pick<Limits, "allowedProjects" | "allowedRepositories">;

/**
 * What the Namespaces that hold ProjectGitOps objects allow: from a list of the resync, so that no project costs a request
 * for it. A Namespace that is newer than that list is asked for once.
 */
export class HoldingNamespaces {
  readonly #known = new Map<string, Annotated>();

  /** @returns names of those whose limits are others than before */
  replace(all: readonly PartialObjectMetadata[]): Set<string> {
    const changed = new Set<string>();
    const names = new Set<string>();
    for (const { metadata } of all) {
      const name = metadata?.name ?? "";
      names.add(name);
      const limits = limitsOf(metadata?.annotations);
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
    // A list of one, beside those of the polls: what a set-up costs stays the same.
    const { items } = await client.listMetadata(NAMESPACES, {
      ...options,
      fieldSelector: `metadata.name=${name}`,
    });
    const found = items.find(({ metadata }) => metadata?.name === name);
    // It goes, and the project with it.
    if (found === undefined) return {};
    const limits = limitsOf(found.metadata?.annotations);
    this.#known.set(name, limits);
    return limits;
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
