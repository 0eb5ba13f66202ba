import {
  type BunK8sClient,
  isNotFound,
  K8sApiError,
  type KubeObject,
  type ListOptions,
  type PartialObjectMetadata,
  type Ref,
  type ResourceType,
} from "../../kube/index.ts";

/** `missing` where there is no such object, and no such kind; `closed` where this person may not look. */
export type Seen<T> = { state: "found"; object: T } | { state: "missing" } | { state: "closed" };

/**
 * What the checks of one diagnosis read. Each thing is read once, whoever asks; what may not be read is remembered
 * and told, instead of being taken for absent.
 */
export class Look {
  readonly client: BunK8sClient;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly #memory = new Map<string, Promise<unknown>>();
  readonly #closed = new Map<string, string>();
  #things = 0;

  constructor(client: BunK8sClient, now: number) {
    this.client = client;
    this.now = now;
  }

  /** Objects that were looked at. */
  get things(): number {
    return this.#things;
  }

  /** What was refused, as `list deployments.apps in the cluster`, with the API server's words. */
  get closed(): ReadonlyMap<string, string> {
    return this.#closed;
  }

  get<T extends KubeObject>(resource: ResourceType<T>, ref: Ref): Promise<Seen<T>> {
    const what = `${ref.namespace ? `${ref.namespace}/` : ""}${ref.name}`;
    return this.once(`get ${resource.plural}.${resource.group} ${what}`, async () => {
      const seen = await this.#ask(`get ${text(resource)} ${what}`, () => this.client.get(resource, ref));
      this.#things += 1;
      return seen;
    });
  }

  /** The same without spec, status and data: enough to see whose it is, and all that is read of a Secret for that. */
  getMetadata(resource: ResourceType, ref: Ref): Promise<Seen<PartialObjectMetadata>> {
    const what = `${ref.namespace ? `${ref.namespace}/` : ""}${ref.name}`;
    return this.once(`metadata of ${resource.plural}.${resource.group} ${what}`, async () => {
      const seen = await this.#ask(`get ${text(resource)} ${what}`, () =>
        this.client.getMetadata(resource, ref),
      );
      this.#things += 1;
      return seen;
    });
  }

  /** The metadata of all objects of a kind. Undefined where this person may not look; nothing where it is not served. */
  listMetadata(
    resource: ResourceType,
    options: Pick<ListOptions, "namespace" | "labelSelector"> = {},
  ): Promise<PartialObjectMetadata[] | undefined> {
    const where = options.namespace === undefined ? "in the cluster" : `in namespace ${options.namespace}`;
    const key = `list metadata of ${resource.plural}.${resource.group} ${JSON.stringify(options)}`;
    return this.once(key, async () => {
      const seen = await this.#ask(`list ${text(resource)} ${where}`, () =>
        this.client.listMetadata(resource, options),
      );
      if (seen.state === "closed") return undefined;
      const items = seen.state === "found" ? seen.object.items : [];
      this.#things += items.length;
      return items;
    });
  }

  /** Undefined where this person may not look; nothing where the kind is not served. */
  list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: Pick<ListOptions, "namespace" | "labelSelector" | "fieldSelector" | "limit"> = {},
  ): Promise<T[] | undefined> {
    const where = options.namespace === undefined ? "in the cluster" : `in namespace ${options.namespace}`;
    const key = `list ${resource.plural}.${resource.group} ${JSON.stringify(options)}`;
    return this.once(key, async () => {
      const seen = await this.#ask(`list ${text(resource)} ${where}`, () =>
        this.client.list(resource, options),
      );
      if (seen.state === "closed") return undefined;
      const items = seen.state === "found" ? seen.object.items : [];
      this.#things += items.length;
      return items;
    });
  }

  /** Does `work` for the first who asks, and hands its answer to all others. */
  once<T>(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#memory.get(key);
    if (known !== undefined) return known as Promise<T>;
    const answer = work();
    this.#memory.set(key, answer);
    return answer;
  }

  async #ask<T>(what: string, asking: () => Promise<T>): Promise<Seen<T>> {
    try {
      return { state: "found", object: await asking() };
    } catch (error) {
      if (isNotFound(error)) return { state: "missing" };
      if (!(error instanceof K8sApiError) || error.statusCode !== 403) throw error;
      this.#closed.set(what, error.serverMessage);
      return { state: "closed" };
    }
  }
}

const text = ({ group, plural }: ResourceType): string => (group === "" ? plural : `${plural}.${group}`);
