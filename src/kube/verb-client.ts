import type { ClientConfig } from "./config/client-config.ts";
import { configFromKubeconfig } from "./config/environment.ts";
import { connect } from "./connection.ts";
import type { ApiCall } from "./http/call.ts";
import type { Caller } from "./http/caller.ts";
import { collectionPath, needNamespace, objectPath } from "./http/path.ts";
import type { Transport } from "./http/transport.ts";
import type { KubeList, KubeObject, PartialObjectMetadata, Ref, ServerVersion, Table } from "./objects.ts";
import type {
  ApplyOptions,
  CallOptions,
  ClientOptions,
  DeleteOptions,
  ListOptions,
  PatchOptions,
  WriteOptions,
} from "./options.ts";
import type { ResourceType } from "./resources.ts";
import { METADATA, METADATA_LIST, TABLE } from "./verbs/forms.ts";
import { listCall, listQuery, withKinds } from "./verbs/list-call.ts";
import { pages } from "./verbs/pages.ts";
import { applyCall, createCall, deleteBody, deleteCall, patchCall, replaceCall } from "./verbs/write-call.ts";

/**
 * The verbs of the API server, over any kind. Everything rejects with a KubeError (K8sApiError, TransportError,
 * UnexpectedResponse, InvalidRequest), or with the reason of the caller's own signal; nothing answers undefined.
 */
export class VerbClient {
  /** Base URL of the API server. */
  readonly server: string;
  /** The namespace of the context. Calls never fall back to it by themselves. */
  readonly namespace: string;
  /** What the configuration is warned of, for example insecure-skip-tls-verify. */
  readonly warnings: readonly string[];
  protected readonly caller: Caller;
  readonly #transport: Transport;
  readonly #fieldManager: string;

  /** `config`: a kubeconfig path; absent: KUBECONFIG, else ~/.kube/config; or an explicit object. Throws ConfigError. */
  constructor(config?: string | ClientConfig, options: ClientOptions = {}) {
    const resolved = typeof config === "object" ? config : configFromKubeconfig(config, options.context);
    const { caller, transport, fieldManager, warnings } = connect(resolved, options);
    this.caller = caller;
    this.#transport = transport;
    this.#fieldManager = fieldManager;
    this.server = transport.server;
    this.namespace = resolved.namespace ?? "default";
    this.warnings = warnings;
  }

  /** One object. 404 rejects. `subresource`: for example "status" or "scale". */
  async get<T extends KubeObject>(
    resource: ResourceType<T>,
    ref: Ref,
    options: CallOptions & { subresource?: string } = {},
  ): Promise<T> {
    return (await this.caller.json(getCall(resource, ref, options.subresource), options)) as T;
  }

  /** One object's metadata, without spec, status and data. */
  async getMetadata(
    resource: ResourceType,
    ref: Ref,
    options: CallOptions = {},
  ): Promise<PartialObjectMetadata> {
    const call = { ...getCall(resource, ref), accept: METADATA };
    return (await this.caller.json(call, options)) as PartialObjectMetadata;
  }

  /** All objects of a kind in one answer (one page of them with `limit`). */
  async list<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
  ): Promise<KubeList<T>> {
    return withKinds(resource, (await this.caller.json(listCall(resource, options), options)) as KubeList<T>);
  }

  /** The metadata of all objects of a kind; of Secrets too, without their data. */
  async listMetadata(
    resource: ResourceType,
    options: ListOptions = {},
  ): Promise<KubeList<PartialObjectMetadata>> {
    const list = (await this.caller.json(
      listCall(resource, options, METADATA_LIST),
      options,
    )) as KubeList<PartialObjectMetadata>;
    // The API server writes an empty list as null.
    list.items ??= [];
    return list;
  }

  /** The cells that kubectl prints, and each row's metadata. */
  async listTable(resource: ResourceType, options: ListOptions = {}): Promise<Table> {
    const table = (await this.caller.json(listCall(resource, options, TABLE), options)) as Table;
    table.rows ??= [];
    return table;
  }

  /** `for await (const page of client.pages(PODS, {limit: 500}))`. `limit` defaults to 500 items a page. */
  pages<T extends KubeObject>(
    resource: ResourceType<T>,
    options: ListOptions = {},
  ): AsyncIterable<KubeList<T>> {
    const paged = { limit: 500, ...options };
    return pages((token) => {
      if (token === undefined) return this.list(resource, paged);
      // A token holds the version: the API server refuses both together.
      const { resourceVersion: _, resourceVersionMatch: __, ...rest } = paged;
      return this.list(resource, { ...rest, continue: token });
    }, options.continue);
  }

  /** Makes a new object, in body.metadata.namespace. Rejects with AlreadyExists, NamespaceNotFoundError, … */
  async create<T extends KubeObject>(
    resource: ResourceType<T>,
    body: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return (await this.caller.json(createCall(resource, body, options, this.#fieldManager), options)) as T;
  }

  /** Server-side apply. Makes the object when it is missing, unless the body carries metadata.uid (then 409). */
  async apply<T extends KubeObject>(resource: ResourceType<T>, body: T, options: ApplyOptions): Promise<T> {
    return (await this.caller.json(applyCall(resource, body, options, this.#fieldManager), options)) as T;
  }

  /** Changes an object by a merge, JSON or strategic merge patch. */
  async patch<T extends KubeObject>(
    resource: ResourceType<T>,
    ref: Ref,
    patch: unknown,
    options: PatchOptions,
  ): Promise<T> {
    return (await this.caller.json(
      patchCall(resource, ref, patch, options, this.#fieldManager),
      options,
    )) as T;
  }

  /** Replaces a whole object; with metadata.resourceVersion in the body only that version (else 409). */
  async replace<T extends KubeObject>(
    resource: ResourceType<T>,
    body: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return (await this.caller.json(replaceCall(resource, body, options, this.#fieldManager), options)) as T;
  }

  /** Deletes one object. Answers the object while finalizers hold it, else what the server sends: it or a Status. */
  async delete(resource: ResourceType, ref: Ref, options: DeleteOptions = {}): Promise<KubeObject> {
    return (await this.caller.json(deleteCall(resource, ref, options), options)) as KubeObject;
  }

  /** Deletes all objects of a kind that the selectors choose, in one namespace for namespaced kinds. */
  async deleteCollection(resource: ResourceType, options: ListOptions & DeleteOptions): Promise<KubeObject> {
    const namespace = needNamespace(resource, options.namespace);
    const call: ApiCall = {
      verb: "deletecollection",
      method: "DELETE",
      path: collectionPath(resource, namespace),
      query: listQuery(options),
      resource: resource.plural,
      namespace,
      ...deleteBody(options),
    };
    return (await this.caller.json(call, options)) as KubeObject;
  }

  /** The text at any path of the API server, for example "/readyz" or "/metrics". */
  async getRaw(path: string, options: CallOptions = {}): Promise<string> {
    return this.caller.text(rawCall(path), options);
  }

  /** What the API server says of itself. */
  async version(options: CallOptions = {}): Promise<ServerVersion> {
    return (await this.caller.json(rawCall("/version"), options)) as ServerVersion;
  }

  /** Closes connections that are idle; the client stays usable and opens new ones. */
  close(): void {
    this.#transport.close();
  }
}

function getCall(resource: ResourceType, ref: Ref, subresource?: string): ApiCall {
  return {
    verb: "get",
    method: "GET",
    path: objectPath(resource, ref, subresource),
    resource: resource.plural,
    subresource,
    namespace: ref.namespace,
    name: ref.name,
  };
}

function rawCall(path: string): ApiCall {
  const at = path.startsWith("/") ? path : `/${path}`;
  return { verb: "get", method: "GET", path: at, resource: at.split(/[/?]/)[1] ?? "", accept: "*/*" };
}
