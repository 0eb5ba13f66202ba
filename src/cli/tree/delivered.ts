import { type BunK8sClient, isNotFound, type KubeObject, type ResourceType } from "../../kube/index.ts";
import { allowed } from "../answers.ts";
import type { TreeObject } from "./model.ts";
import { workloadHealth } from "./workload-health.ts";

/** One entry of Flux's inventory: `namespace_name_group_kind` and the version it was applied in. */
export interface DeliveredId {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
}

interface WithInventory extends KubeObject {
  status?: { inventory?: { entries?: { id: string; v: string }[] } };
}

/** What a Kustomization or HelmRelease has deployed, by its own inventory. */
export const deliveredBy = (delivery: KubeObject): DeliveredId[] =>
  ((delivery as WithInventory).status?.inventory?.entries ?? []).flatMap(parseEntry);

/** Names of RBAC objects may hold colons, which Flux writes as two underscores. Source: cli-utils, object.ObjMetadata. */
function parseEntry({ id, v }: { id: string; v: string }): DeliveredId[] {
  const [, namespace, name, group, kind] = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(id) ?? [];
  if (namespace === undefined || name === undefined || group === undefined || kind === undefined) return [];
  const apiVersion = group === "" ? v : `${group}/${v}`;
  return [{ apiVersion, kind, namespace, name: name.replaceAll("__", ":") }];
}

/** An entry as the tree shows it without having looked. */
export const unread = (id: DeliveredId): TreeObject => ({ ...id, presence: "unknown" });

/** Reads what was deployed, for one project: its health is what people look for. */
export class DeliveredReader {
  readonly #client: BunK8sClient;
  readonly #resources = new Map<string, Promise<ResourceType | undefined>>();

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  async read(id: DeliveredId): Promise<TreeObject> {
    try {
      const object = await allowed(this.#get(id));
      if (object === undefined) return unread(id);
      const health = workloadHealth({ ...object, kind: id.kind });
      const presence = object.metadata?.deletionTimestamp === undefined ? "present" : "terminating";
      return { ...id, presence, ...(health ? { health } : {}) };
    } catch (error) {
      if (isNotFound(error)) return { ...id, presence: "missing" };
      throw error;
    }
  }

  async #get({ apiVersion, kind, namespace, name }: DeliveredId): Promise<KubeObject | undefined> {
    const resource = await this.#resource(apiVersion, kind);
    if (resource === undefined) return undefined;
    const ref = resource.namespaced ? { namespace, name } : { name };
    // Their content is nobody's business here, and they cannot be unwell.
    if (kind === "Secret" || kind === "ConfigMap") return this.#client.getMetadata(resource, ref);
    return this.#client.get(resource, ref);
  }

  /** Undefined where the kind is no longer served. */
  #resource(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const key = `${apiVersion}/${kind}`;
    const known = this.#resources.get(key);
    if (known) return known;
    const asked = this.#client.discover({ apiVersion, kind }).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    this.#resources.set(key, asked);
    return asked;
  }
}
