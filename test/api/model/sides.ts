import { type BunK8sClient, K8sApiError, type KubeObject, type Ref } from "../../../src/kube/index.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { asLive, resourceOf } from "../../../src/reconcile/index.ts";
import type { ModelServer } from "../../unit/machine/model/api-server.ts";
import type { Json } from "../../unit/machine/model/fields.ts";
import type { Call, Change, Guard, Kind, Manager } from "./calls.ts";

/** The verbs, as both sides answer them. */
export interface Side {
  get(kind: Kind, ref: Ref): Promise<LiveObject>;
  create(kind: Kind, body: Json, manager: Manager): Promise<LiveObject>;
  merge(kind: Kind, ref: Ref, patch: Json, manager: Manager, subresource?: "status"): Promise<LiveObject>;
  json(
    kind: Kind,
    ref: Ref,
    ops: { op: string; path: string; value: unknown }[],
    manager: Manager,
  ): Promise<LiveObject>;
  apply(kind: Kind, body: Json, manager: Manager, force: boolean): Promise<LiveObject>;
  delete(kind: Kind, ref: Ref, preconditions: { uid?: string; resourceVersion?: string }): Promise<undefined>;
}

export const realSide = (client: BunK8sClient): Side => ({
  get: async (kind, ref) => asLive(await client.get(resourceOf(kind), ref)),
  create: async (kind, body, fieldManager) =>
    asLive(await client.create(resourceOf(kind), body as KubeObject, { fieldManager })),
  merge: async (kind, ref, patch, fieldManager, subresource) =>
    asLive(
      await client.patch(resourceOf(kind), ref, patch, {
        type: "merge",
        fieldManager,
        ...(subresource ? { subresource } : {}),
      }),
    ),
  json: async (kind, ref, ops, fieldManager) =>
    asLive(await client.patch(resourceOf(kind), ref, ops, { type: "json", fieldManager })),
  apply: async (kind, body, fieldManager, force) =>
    asLive(await client.apply(resourceOf(kind), body as KubeObject, { fieldManager, force })),
  delete: async (kind, ref, preconditions) => {
    await client.delete(resourceOf(kind), ref, { preconditions });
    return undefined;
  },
});

export const modelSide = (server: ModelServer): Side => ({
  get: async (kind, ref) => server.get(kind, ref),
  create: async (kind, body, manager) => server.create(kind, body as KubeObject, { manager }),
  merge: async (kind, ref, patch, manager, subresource) =>
    server.merge(kind, ref, patch, { manager }, subresource),
  json: async (kind, ref, ops, manager) => server.json(kind, ref, ops, { manager }),
  apply: async (kind, body, manager, force) => server.apply(kind, body, { manager }, force),
  delete: async (kind, ref, preconditions) => {
    server.delete(kind, ref, preconditions);
    return undefined;
  },
});

const NOBODY = "00000000-0000-4000-8000-000000000000";

/** Runs one sequence on one side, and says after each call what was seen. */
export class Player {
  readonly #side: Side;
  readonly #namespace: string;
  /** Versions that each object had, oldest first. */
  readonly #versions = new Map<Kind, string[]>();
  readonly #uids = new Map<Kind, string>();

  constructor(side: Side, namespace: string) {
    this.#side = side;
    this.#namespace = namespace;
  }

  /** @returns what both sides have to agree on: the answer in words, and the object without uid, version and times */
  async play(call: Call): Promise<unknown> {
    try {
      const answer = await this.#send(call);
      return answer === undefined ? "done" : this.#describe(kindOf(call), answer);
    } catch (error) {
      if (error instanceof K8sApiError) return `${error.statusCode} ${error.reason}`;
      throw error;
    }
  }

  #send(call: Call): Promise<LiveObject | undefined> {
    const ref = this.#ref(kindOf(call));
    switch (call.verb) {
      case "get":
        return this.#side.get(call.kind, ref);
      case "create":
        return this.#side.create(
          call.kind,
          this.#body(call.kind, call.variant, call.missingNamespace),
          call.manager,
        );
      case "merge": {
        const patch = patchFor(call.kind, call.change);
        const metadata = {
          ...(patch["metadata"] as object | undefined),
          ...this.#guard(call.kind, call.guard),
        };
        return this.#side.merge(call.kind, ref, { ...patch, metadata }, call.manager);
      }
      case "status": {
        const conditions = [
          {
            type: "Ready",
            status: call.ready,
            reason: "Said",
            message: "",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          },
        ];
        const patch = { metadata: this.#guard("GitRepository", call.guard), status: { conditions } };
        return this.#side.merge("GitRepository", ref, patch, call.manager, "status");
      }
      case "json": {
        const version = call.stale ? this.#stale(call.kind) : this.#versions.get(call.kind)?.at(-1);
        return this.#side.json(
          call.kind,
          ref,
          [
            { op: "add", path: "/metadata/labels", value: call.labels },
            { op: "replace", path: "/metadata/resourceVersion", value: version ?? "1" },
          ],
          call.manager,
        );
      }
      case "apply": {
        const body = this.#body(call.kind, call.variant, false);
        const uid = call.wrongUid ? NOBODY : (this.#uids.get(call.kind) ?? NOBODY);
        return this.#side.apply(
          call.kind,
          { ...body, metadata: { ...(body["metadata"] as object), uid } },
          call.manager,
          call.force,
        );
      }
      case "delete":
        return this.#side.delete(call.kind, ref, this.#guard(call.kind, call.guard));
    }
  }

  #ref(kind: Kind): Ref {
    return kind === "Namespace" ? { name: this.#namespace } : { namespace: this.#namespace, name: "thing" };
  }

  #guard(kind: Kind, guard: Guard): { uid?: string; resourceVersion?: string } {
    switch (guard) {
      case "none":
        return {};
      case "uid":
        return { uid: this.#uids.get(kind) ?? NOBODY };
      case "wrong uid":
        return { uid: NOBODY };
      case "version":
        return { resourceVersion: this.#versions.get(kind)?.at(-1) ?? "1" };
      case "stale version":
        return { resourceVersion: this.#stale(kind) };
    }
  }

  #stale(kind: Kind): string {
    const versions = this.#versions.get(kind) ?? [];
    return versions.at(-2) ?? "1";
  }

  #body(kind: Kind, variant: number, missingNamespace: boolean): Json {
    // Never none: an apply of nothing leaves an entry of its own in the real one, and nobody sends that.
    const labels = [{ team: "blue" }, { team: "blue", tier: "one" }, { tier: "two" }][variant];
    if (kind === "Namespace") return { apiVersion: "v1", kind, metadata: { name: this.#namespace, labels } };
    const metadata = {
      namespace: missingNamespace ? `${this.#namespace}-missing` : this.#namespace,
      name: "thing",
      labels,
    };
    if (kind === "Secret")
      return {
        apiVersion: "v1",
        kind,
        metadata,
        type: "Opaque",
        data: [{ a: "MQ==" }, { a: "Mg==", b: "MQ==" }, { b: "MQ==" }][variant],
      };
    const ref = [{ branch: "main" }, { tag: "v1" }, { semver: "1.x" }][variant];
    const spec = { url: "https://git.example.com/a/b", interval: "1m", timeout: "60s", ref };
    return { apiVersion: "source.toolkit.fluxcd.io/v1", kind, metadata, spec };
  }

  #describe(kind: Kind, live: LiveObject): unknown {
    const {
      uid,
      resourceVersion,
      generation,
      labels = {},
      annotations = {},
      finalizers = [],
      deletionTimestamp,
    } = live.metadata;
    const versions = this.#versions.get(kind) ?? [];
    const before = { version: versions.at(-1), uid: this.#uids.get(kind) };
    if (before.version !== resourceVersion) this.#versions.set(kind, [...versions, resourceVersion]);
    this.#uids.set(kind, uid);
    const { "kubernetes.io/metadata.name": _name, ...own } = labels as Record<string, string>;
    const status = live["status"] as { conditions?: unknown[] } | undefined;
    return {
      // The first write of a custom object also stores what its CRD fills in, and so is never a no-op.
      ...(kind === "GitRepository" ? {} : { sameVersion: before.version === resourceVersion }),
      sameUid: before.uid === uid,
      ...(kind === "GitRepository"
        ? { generation, spec: live["spec"], conditions: status?.conditions ?? [] }
        : {}),
      ...(kind === "Secret" ? { data: live["data"] ?? {} } : {}),
      labels: own,
      annotations,
      finalizers,
      deleting: deletionTimestamp !== undefined,
    };
  }
}

const kindOf = (call: Call): Kind => (call.verb === "status" ? "GitRepository" : call.kind);

function patchFor(kind: Kind, change: Change): Json {
  switch (change) {
    case "label":
      return { metadata: { labels: { team: "green" } } };
    case "no label":
      return { metadata: { labels: { team: null } } };
    case "annotation":
      return { metadata: { annotations: { note: "x" } } };
    case "finalizer":
      return { metadata: { finalizers: ["example.com/hold"] } };
    case "no finalizer":
      return { metadata: { finalizers: [] } };
    case "content":
      if (kind === "Secret") return { data: { a: "OQ==" } };
      return kind === "GitRepository"
        ? { spec: { interval: "9m" } }
        : { metadata: { labels: { tier: "nine" } } };
    case "nothing":
      return {};
  }
}
