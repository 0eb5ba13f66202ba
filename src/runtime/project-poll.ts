import type { BunK8sClient, CallOptions, KubeList, PartialObjectMetadata } from "../kube/index.ts";
import { K8sApiError } from "../kube/index.ts";
import { PROJECTS, type Projects, projectKey } from "../reconcile/index.ts";

/** What one poll saw. */
export interface PollResult {
  /** New or changed since this process read them. */
  readonly changed: readonly string[];
  /** Not there any more. */
  readonly gone: readonly string[];
}

/**
 * The poll: one metadata-only LIST, served from the API server's cache but never older than what was
 * seen before (DESIGN section 4). The first one of a process is consistent.
 */
export class ProjectPoll {
  readonly #client: BunK8sClient;
  readonly #projects: Projects;
  readonly #namespace: string | undefined;
  readonly #wentBack: () => void;
  #version: string | undefined;
  #listed = new Map<string, PartialObjectMetadata>();

  /** @param wentBack called when the API server has older versions than were seen: an etcd was restored */
  constructor(
    client: BunK8sClient,
    projects: Projects,
    namespace: string | undefined,
    wentBack: () => void = () => undefined,
  ) {
    this.#wentBack = wentBack;
    this.#client = client;
    this.#projects = projects;
    this.#namespace = namespace;
  }

  /** As the last list showed it. */
  get(key: string): PartialObjectMetadata | undefined {
    return this.#listed.get(key);
  }

  keys(): string[] {
    return [...this.#listed.keys()];
  }

  async poll(options: CallOptions): Promise<PollResult> {
    const list = await this.#list(options);
    const listed = new Map(list.items.map((item) => [projectKey(item.metadata ?? {}), slim(item)]));
    const gone = [...this.#listed.keys()].filter((key) => !listed.has(key));
    const changed = [...listed]
      .filter(([key, { metadata }]) =>
        this.#projects.isNews(key, metadata?.uid ?? "", metadata?.resourceVersion ?? ""),
      )
      .map(([key]) => key);
    this.#listed = listed;
    return { changed, gone };
  }

  async #list(options: CallOptions): Promise<KubeList<PartialObjectMetadata>> {
    const scope = this.#namespace === undefined ? {} : { namespace: this.#namespace };
    const freshness =
      this.#version === undefined
        ? {}
        : ({ resourceVersion: this.#version, resourceVersionMatch: "NotOlderThan" } as const);
    try {
      const list = await this.#client.listMetadata(PROJECTS, {
        ...options,
        ...scope,
        ...freshness,
        // A version from the future is answered with 504 and Retry-After: a repetition would hide it.
        maxRetries: 0,
      });
      this.#remember(list.metadata.resourceVersion ?? "");
      return list;
    } catch (error) {
      // An etcd that was restored has older versions than we remember: begin anew.
      if (isFromTheFuture(error)) this.#restart();
      throw error;
    }
  }

  /** List versions of one kind may be compared with each other (KEP-5504). */
  #remember(version: string): void {
    if (this.#version !== undefined && isOlder(version, this.#version)) this.#restart();
    else this.#version = version;
  }

  #restart(): void {
    this.#version = undefined;
    this.#wentBack();
  }
}

/** Without what nobody asks for: most of a list's bytes. */
function slim(item: PartialObjectMetadata): PartialObjectMetadata {
  const { managedFields: _unused, ...metadata } = item.metadata ?? {};
  return { metadata };
}

const isFromTheFuture = (error: unknown): boolean =>
  error instanceof K8sApiError && error.causes.some(({ reason }) => reason === "ResourceVersionTooLarge");

const isOlder = (a: string, b: string): boolean => a.length < b.length || (a.length === b.length && a < b);
