import type { Scale } from "kubernetes-types/autoscaling/v1";
import type { ApiCall } from "./http/call.ts";
import type { KubeObject, Ref } from "./objects.ts";
import type { CallOptions, LogOptions, WatchOptions, WriteOptions } from "./options.ts";
import { type ResourceType, SELF_SUBJECT_ACCESS_REVIEWS, SERVICE_ACCOUNTS } from "./resources.ts";
import { VerbClient } from "./verb-client.ts";
import { discover, type KindQuery } from "./verbs/discovery.ts";
import { logCall } from "./verbs/logs.ts";
import { type WatchEvent, watch } from "./verbs/watch.ts";
import { watchSource } from "./verbs/watch-source.ts";

/** What a token is asked for. Source: authentication.k8s.io/v1 TokenRequest. */
export interface TokenOptions extends CallOptions {
  /** Default the API server's own. */
  audiences?: string[];
  /** At least 600; default 3600. The server may answer another. */
  expirationSeconds?: number;
}

/** An action, in RBAC's terms; absent fields mean the core group, all names, all namespaces. */
export interface Access {
  verb: string;
  group?: string;
  /** Plural. */
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** What goes beyond one request for one object: streams, scale, tokens, access and discovery. */
export class ClusterClient extends VerbClient {
  /**
   * Events without a gap, until `signal` aborts (the iteration then just ends). It begins with a list of its own,
   * told as ADDED and a BOOKMARK, and gets over ended streams, lost connections, 410 and a busy server by itself;
   * refusals reject. See WatchOptions for what `resourceVersion` changes.
   */
  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions = {},
  ): AsyncIterable<WatchEvent<T>> {
    return watch(watchSource(this.caller, resource, options), {
      resourceVersion: options.resourceVersion,
      signal: options.signal ?? new AbortController().signal,
      onRetry: options.onRetry,
    });
  }

  /** The log as one text; with `follow`, line after line as they come, until the container or the signal ends. */
  getPodLogs(namespace: string, name: string, options?: LogOptions & { follow?: false }): Promise<string>;
  getPodLogs(namespace: string, name: string, options: LogOptions & { follow: true }): AsyncIterable<string>;
  getPodLogs(
    namespace: string,
    name: string,
    { follow = false, ...options }: LogOptions & { follow?: boolean } = {},
  ): Promise<string> | AsyncIterable<string> {
    const call = logCall(namespace, name, options, follow);
    if (!follow) return this.caller.text(call, options);
    const caller = this.caller;
    return (async function* () {
      try {
        const stream = await caller.open(call, options);
        yield* stream.lines({ lastLine: "tell" });
      } catch (error) {
        if (!options.signal?.aborted) throw error;
      }
    })();
  }

  /**
   * The bytes at any path, for what is no text: a file behind `…/services/NAME/proxy/`. At most the client's
   * maxResponseBytes; `timeoutMs` counts to the header, `signal` to the end.
   */
  async getRawBytes(path: string, options: CallOptions = {}): Promise<Uint8Array> {
    const call: ApiCall = { verb: "get", method: "GET", path, resource: "", accept: "*/*" };
    return (await this.caller.open(call, options)).bytes();
  }

  /** Sets the number of replicas through the scale subresource. */
  async scale(
    resource: ResourceType,
    ref: Ref,
    replicas: number,
    options: WriteOptions = {},
  ): Promise<Scale> {
    const patch = { spec: { replicas } };
    return (await this.patch(resource, ref, patch, {
      ...options,
      type: "merge",
      subresource: "scale",
    })) as Scale;
  }

  /** A token of a ServiceAccount, by TokenRequest; `expirationTimestamp` is RFC 3339. */
  async createToken(
    namespace: string,
    serviceAccount: string,
    { audiences, expirationSeconds, ...options }: TokenOptions = {},
  ): Promise<{ token: string; expirationTimestamp: string }> {
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { namespace, name: serviceAccount },
      spec: { audiences, expirationSeconds },
    };
    const body = request as KubeObject;
    const answer = await this.create(SERVICE_ACCOUNTS as ResourceType, body, {
      ...options,
      subresource: "token",
    });
    return (answer as { status: { token: string; expirationTimestamp: string } }).status;
  }

  /** Whether this client's user may do that, by SelfSubjectAccessReview. */
  async canI(access: Access, options: CallOptions = {}): Promise<{ allowed: boolean; reason: string }> {
    const review = await this.create(
      SELF_SUBJECT_ACCESS_REVIEWS,
      { spec: { resourceAttributes: access } },
      options,
    );
    return { allowed: review.status?.allowed === true, reason: review.status?.reason ?? "" };
  }

  /** Asks the API server where a kind is served; the answer goes into every other call. 404 rejects. */
  async discover<T extends KubeObject = KubeObject>(
    query: KindQuery,
    options: CallOptions = {},
  ): Promise<ResourceType<T>> {
    return discover<T>(this.caller, query, options);
  }
}
