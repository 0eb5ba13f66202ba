import { ANNOTATIONS } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, NAMESPACES } from "../kube/index.ts";
import type { Limits } from "../machine/index.ts";

type Annotated = Pick<Limits, "allowedProjects" | "allowedRepositories" | "maxEnvironments">;

/**
 * What the Namespaces that hold ProjectGitOps objects allow, asked for by the passes that need it: one list of one
 * Namespace, good for a resync interval whatever the number of its projects, and nothing at all in steady state.
 */
export class HoldingNamespaces {
  readonly #maxAgeMs: number;
  /** Answers, also those that are on their way: a hundred new projects ask once. */
  readonly #known = new Map<string, { readonly limits: Promise<Annotated>; readonly at: number }>();

  constructor(maxAgeMs: number) {
    this.#maxAgeMs = maxAgeMs;
  }

  /**
   * @param now milliseconds since the epoch
   * @throws K8sApiError, TransportError: what a Namespace allows is never guessed
   */
  async of(client: BunK8sClient, name: string, now: number, options: CallOptions): Promise<Annotated> {
    const known = this.#known.get(name);
    if (known !== undefined && now - known.at < this.#maxAgeMs) return known.limits;
    const limits = ask(client, name, options);
    this.#known.set(name, { limits, at: now });
    try {
      return await limits;
    } catch (error) {
      this.#known.delete(name);
      throw error;
    }
  }
}

async function ask(client: BunK8sClient, name: string, options: CallOptions): Promise<Annotated> {
  const { items } = await client.listMetadata(NAMESPACES, {
    ...options,
    fieldSelector: `metadata.name=${name}`,
  });
  // Not there: it goes, and the project with it.
  return limitsOf(items.find(({ metadata }) => metadata?.name === name)?.metadata?.annotations);
}

function limitsOf(annotations: Readonly<Record<string, string>> | undefined): Annotated {
  const projects = annotations?.[ANNOTATIONS.allowedProjects];
  const repositories = annotations?.[ANNOTATIONS.allowedRepositories];
  const environments = annotations?.[ANNOTATIONS.maxEnvironments];
  return {
    ...(projects === undefined ? {} : { allowedProjects: projects }),
    ...(repositories === undefined ? {} : { allowedRepositories: repositories }),
    ...(environments === undefined ? {} : { maxEnvironments: environments }),
  };
}
