import type { KubeError } from "./errors/kube-error.ts";
import type { ClientHooks } from "./hooks.ts";

/** Settings of one client; all have defaults that suit an operator. */
export interface ClientOptions {
  /** Deadline of every unary call, in milliseconds, waiting and retries included. Default 10,000. */
  requestTimeoutMs?: number;
  /** Most requests under way at once; further ones wait their turn. Watches and followed logs do not count. Default 32. */
  maxConcurrent?: number;
  /** Most repetitions of one call when the API server asks for them (429 or 5xx with Retry-After). Default 10; 0 turns them off. */
  maxRetries?: number;
  /** Most bytes of one answer, after decompression. Default 64 MiB. */
  maxResponseBytes?: number;
  /** Name under which the API server records our writes. Default "bun-k8s-client". */
  fieldManager?: string;
  /** Default "bun-k8s-client". */
  userAgent?: string;
  /** Context of the kubeconfig; default its current-context. */
  context?: string;
  /** false refuses kubeconfigs that name an exec plugin (an operator starts no child process). Default true. */
  execPlugins?: boolean;
  hooks?: ClientHooks;
  /** Milliseconds since the epoch; for tests of what expires. Default Date.now. */
  now?: () => number;
}

/** Options of every call. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason, and nothing is sent afterwards. */
  signal?: AbortSignal;
  /** Deadline of this call in milliseconds, instead of the client's requestTimeoutMs. */
  timeoutMs?: number;
  /** Instead of the client's maxRetries; 0 turns retries off. */
  maxRetries?: number;
}

/** What a list is narrowed by; also how fresh it has to be. Source: Kubernetes API concepts, "Resource versions". */
export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  resourceVersion?: string;
  resourceVersionMatch?: "Exact" | "NotOlderThan";
  /** Most items of this answer; `metadata.continue` of the answer asks for the rest. */
  limit?: number;
  continue?: string;
}

/** How the API server treats fields that it does not know. Every write of ours sends Strict unless told otherwise. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface WriteOptions extends CallOptions {
  /** Instead of the client's. */
  fieldManager?: string;
  /** true: the API server does all but store it. */
  dryRun?: boolean;
  fieldValidation?: FieldValidation;
  /** For example "status" or "scale". */
  subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Take fields over from other managers instead of a 409. Default false. */
  force?: boolean;
}

export interface PatchOptions extends WriteOptions {
  /** RFC 7386 merge, RFC 6902 JSON patch, or Kubernetes' strategic merge (built-in kinds only). */
  type: "merge" | "json" | "strategic";
}

export interface DeleteOptions extends CallOptions {
  /** The API server refuses with 409 unless the object still has these. */
  preconditions?: { uid?: string; resourceVersion?: string };
  propagationPolicy?: "Foreground" | "Background" | "Orphan";
  gracePeriodSeconds?: number;
  dryRun?: boolean;
}

export interface WatchOptions {
  /** Ends the iteration, without an error. */
  signal?: AbortSignal;
  /** Deadline of each list and of each stream's header, in milliseconds; default the client's requestTimeoutMs. */
  timeoutMs?: number;
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Start after this version instead of with a list. Then a 410 rejects, because what was missed cannot be told. */
  resourceVersion?: string;
  /** Objects come without spec, status and data. Default false. */
  metadataOnly?: boolean;
  /** So long without a byte, in milliseconds, and the stream is taken up anew. Default 180,000; bookmarks come each minute. */
  silenceMs?: number;
  /** Told of each failure that the watch gets over by itself. */
  onRetry?: (error: KubeError) => void;
}

export interface LogOptions extends CallOptions {
  container?: string;
  /** Only so many lines from the end. */
  tailLines?: number;
  /** Only lines of the last so many seconds. */
  sinceSeconds?: number;
  timestamps?: boolean;
  /** Of the container's run before this one. */
  previous?: boolean;
}
