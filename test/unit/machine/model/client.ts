import type { BunK8sClient, KubeObject, Ref, ResourceType } from "../../../../src/kube/index.ts";
import * as answers from "./answers.ts";
import { kindOf, type ModelServer, type Stored } from "./api-server.ts";
import type { Json } from "./fields.ts";

/** The process has ended in the middle of a call. */
export class Crash extends Error {
  override name = "Crash";
}

/** What befalls one request. "after" means: the server has done the work. */
export type Fault =
  | "none"
  | "unavailable"
  | "tooMany"
  | "forbidden"
  | "lostBefore"
  | "lostAfter"
  | "crashBefore"
  | "crashAfter";

/** Sees every request of the operator before the server does. */
export interface Watcher {
  onRequest(request: Request): void;
  /** What befalls it. */
  fault(request: Request): Fault;
}

export interface Request {
  readonly verb: "get" | "list" | "create" | "apply" | "merge" | "json" | "delete";
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly body?: Json;
  readonly subresource?: string | undefined;
  readonly preconditions?: { uid?: string; resourceVersion?: string } | undefined;
  readonly before: Stored | undefined;
}

const MANAGER = { manager: "projectgitops" };

/** The verbs of BunK8sClient that the operator uses, onto the model, for one life of one process. */
export class ModelClient {
  readonly #server: ModelServer;
  readonly #watcher: Watcher;
  #dead = false;

  constructor(server: ModelServer, watcher: Watcher) {
    this.#server = server;
    this.#watcher = watcher;
  }

  asClient(): BunK8sClient {
    return this as unknown as BunK8sClient;
  }

  get(resource: ResourceType, ref: Ref): Promise<Stored> {
    return this.#call({ verb: "get", resource, ref }, () => this.#server.get(kindOf(resource), ref));
  }

  /** Only the CRD of ProjectGitOps is asked for in this way; it stays. */
  getMetadata(): Promise<KubeObject> {
    return Promise.resolve({ metadata: { name: "projectgitops.projectgitops.dev" } });
  }

  list(resource: ResourceType, { labelSelector }: { labelSelector?: string } = {}) {
    return this.#call({ verb: "list", resource, ref: { name: "" } }, () => {
      const [key = "", value = ""] = labelSelector?.split("=") ?? [];
      const items = this.#server
        .list(kindOf(resource))
        .filter(({ metadata }) => key === "" || metadata.labels?.[key] === value);
      return { metadata: { resourceVersion: String(this.#server.version) }, items };
    });
  }

  listMetadata(resource: ResourceType, options: { labelSelector?: string }) {
    return this.list(resource, options);
  }

  async listTable(resource: ResourceType, options: { labelSelector?: string }) {
    const { metadata, items } = await this.list(resource, options);
    const rows = items.map((object) => {
      const ready = (object["status"] as { conditions?: { status: string; message: string }[] })
        ?.conditions?.[0];
      return { object, cells: [ready?.status ?? "", ready?.message ?? ""] };
    });
    return { metadata, columnDefinitions: [{ name: "Ready" }, { name: "Status" }], rows };
  }

  create(resource: ResourceType, body: KubeObject): Promise<Stored | KubeObject> {
    const { namespace, name = "" } = body.metadata ?? {};
    if (resource.plural === "events") return Promise.resolve(body);
    const request = {
      verb: "create" as const,
      resource,
      ref: { ...(namespace ? { namespace } : {}), name },
      body,
    };
    return this.#call(request, () => this.#server.create(kindOf(resource), body, MANAGER));
  }

  apply(resource: ResourceType, body: KubeObject, { force = false }: { force?: boolean }): Promise<Stored> {
    const { namespace, name = "" } = body.metadata ?? {};
    const request = {
      verb: "apply" as const,
      resource,
      ref: { ...(namespace ? { namespace } : {}), name },
      body,
    };
    return this.#call(request, () => this.#server.apply(kindOf(resource), body as Json, MANAGER, force));
  }

  patch(
    resource: ResourceType,
    ref: Ref,
    patch: unknown,
    { type, subresource }: { type: "merge" | "json"; subresource?: string },
  ): Promise<Stored> {
    return this.#call({ verb: type, resource, ref, body: patch as KubeObject, subresource }, () =>
      type === "json"
        ? this.#server.json(kindOf(resource), ref, patch as never, MANAGER)
        : this.#server.merge(kindOf(resource), ref, patch as Json, MANAGER, subresource),
    );
  }

  delete(
    resource: ResourceType,
    ref: Ref,
    { preconditions }: { preconditions?: { uid?: string; resourceVersion?: string } },
  ) {
    return this.#call({ verb: "delete", resource, ref, preconditions }, () =>
      this.#server.delete(kindOf(resource), ref, preconditions),
    );
  }

  async #call<T>(call: Call, work: () => T): Promise<T> {
    // What the network does: others have their turn in between.
    await Promise.resolve();
    if (this.#dead) throw new Crash();
    const { resource, ref, body, ...rest } = call;
    const kind = kindOf(resource);
    const key = `${kind}/${ref.namespace ?? ""}/${ref.name}`;
    const request: Request = {
      ...rest,
      kind,
      namespace: ref.namespace,
      name: ref.name,
      ...(body ? { body: body as Json } : {}),
      before: this.#server.objects.get(key),
    };
    const fault = this.#watcher.fault(request);
    this.#before(fault);
    this.#watcher.onRequest(request);
    const result = work();
    await Promise.resolve();
    this.#after(fault);
    return result;
  }

  #before(fault: Fault): void {
    if (fault === "crashBefore") this.#die();
    if (fault === "unavailable") throw answers.unavailable();
    if (fault === "tooMany") throw answers.tooMany();
    if (fault === "forbidden") throw answers.forbidden();
    if (fault === "lostBefore") throw answers.lost();
  }

  #after(fault: Fault): void {
    if (this.#dead || fault === "crashAfter") this.#die();
    if (fault === "lostAfter") throw answers.lost();
  }

  #die(): never {
    this.#dead = true;
    throw new Crash();
  }
}

interface Call {
  verb: Request["verb"];
  resource: ResourceType;
  ref: Ref;
  body?: KubeObject | undefined;
  subresource?: string | undefined;
  preconditions?: { uid?: string; resourceVersion?: string } | undefined;
}
