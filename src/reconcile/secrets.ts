import type { Secret } from "kubernetes-types/core/v1";
import { LABELS } from "../api/names.ts";
import { type BunK8sClient, type CallOptions, isNotFound, SECRETS } from "../kube/index.ts";

/** A Secret of a project's own namespace, and the version that was read. */
export interface ReadSecret {
  readonly secret: Secret;
  readonly version: string;
}

/**
 * The Secrets that projects refer to. A read one is kept until a list shows another version, so that
 * a project in steady state costs no read. A missing one is asked for again at each pass.
 */
export class Secrets {
  readonly #read = new Map<string, ReadSecret>();
  /** Reads under way: projects that share a Secret share its read. */
  readonly #reading = new Map<string, Promise<ReadSecret | undefined>>();
  /** What each project's last pass was based on: `namespace/name` to version, "" for missing. */
  readonly #used = new Map<string, Map<string, string>>();

  async read(
    client: BunK8sClient,
    project: string,
    namespace: string,
    name: string,
    options: CallOptions,
  ): Promise<ReadSecret | undefined> {
    const key = `${namespace}/${name}`;
    const found = this.#read.get(key) ?? (await this.#get(client, namespace, name, options));
    const used = this.#used.get(project) ?? new Map<string, string>();
    this.#used.set(project, used.set(key, found?.version ?? ""));
    return found;
  }

  async #get(client: BunK8sClient, namespace: string, name: string, options: CallOptions) {
    const key = `${namespace}/${name}`;
    const reading = this.#reading.get(key) ?? get(client, namespace, name, options);
    this.#reading.set(key, reading);
    try {
      const found = await reading;
      if (found) this.#read.set(key, found);
      return found;
    } finally {
      this.#reading.delete(key);
    }
  }

  /** A Secret that this process has just written or, undefined, deleted for a project: it costs no read, and is no news. */
  put(project: string, namespace: string, name: string, secret: Secret | undefined): void {
    const key = `${namespace}/${name}`;
    const version = secret?.metadata?.resourceVersion ?? "";
    if (secret) this.#read.set(key, { secret, version });
    else this.#read.delete(key);
    const used = this.#used.get(project);
    if (secret) used?.set(key, version);
    else used?.delete(key);
  }

  /** As it was read last; undefined where nobody has needed it. */
  lastRead(namespace: string, name: string): Secret | undefined {
    return this.#read.get(`${namespace}/${name}`)?.secret;
  }

  /** Before a pass names anew what it depends on. */
  beginPass(project: string): void {
    this.#used.delete(project);
  }

  forget(project: string): void {
    this.#used.delete(project);
  }

  /** Namespaces that hold referenced Secrets; `waiting` are those where one is missing, or wants to be watched. */
  namespaces(): { all: Set<string>; waiting: Set<string> } {
    const all = new Set<string>();
    const waiting = new Set<string>();
    for (const used of this.#used.values()) {
      for (const [key, version] of used) {
        const namespace = key.slice(0, key.indexOf("/"));
        all.add(namespace);
        if (version === "" || this.#isWatched(key)) waiting.add(namespace);
      }
    }
    return { all, waiting };
  }

  /** Flux's own label for what is to be taken up at once. */
  #isWatched(key: string): boolean {
    return this.#read.get(key)?.secret.metadata?.labels?.[LABELS.watch] === "Enabled";
  }

  /**
   * Takes in a metadata-only list of Secrets.
   * @param versions by `namespace/name`
   * @param covers whether the list speaks of that namespace
   * @returns the projects whose last pass was based on another version
   */
  observe(versions: ReadonlyMap<string, string>, covers: (namespace: string) => boolean): Set<string> {
    const outdated = (key: string, version: string) =>
      covers(key.slice(0, key.indexOf("/"))) && (versions.get(key) ?? "") !== version;
    for (const [key, { version }] of this.#read) if (outdated(key, version)) this.#read.delete(key);
    const changed = [...this.#used].filter(([, used]) =>
      [...used].some(([key, version]) => outdated(key, version)),
    );
    return new Set(changed.map(([project]) => project));
  }
}

async function get(
  client: BunK8sClient,
  namespace: string,
  name: string,
  options: CallOptions,
): Promise<ReadSecret | undefined> {
  try {
    const secret = await client.get(SECRETS, { namespace, name }, options);
    return { secret, version: secret.metadata?.resourceVersion ?? "" };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
