import type { Condition } from "../api/schema.ts";
import type { BunK8sClient, Change, KubeObject, ListOptions, Polling } from "../kube/index.ts";
import { MANAGED_KINDS, type ManagedKind } from "../plan/index.ts";

export type WatchedKind = Extract<ManagedKind, "GitRepository" | "Kustomization" | "HelmRelease">;

/** What Flux's kinds have in common. */
export interface FluxObject extends KubeObject {
  spec?: Record<string, unknown>;
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

export interface FluxWatch extends Pick<ListOptions, "namespace" | "labelSelector"> {
  /** Milliseconds between the end of one look and the next; default 5000. */
  interval?: number;
  /**
   * Told of each object that was added (at first: all that are there), changed or removed. A change counts as told
   * when this has returned, or its promise has resolved; one that fails is told again at the next look.
   * Calls for one kind never overlap.
   */
  onChange: (change: Change<FluxObject>) => unknown;
  /** Told of each look or onChange that failed; the next look comes all the same. */
  onError?: (error: unknown) => unknown;
  /** Ends it, as stop() does. */
  signal?: AbortSignal;
  /** Default GitRepository and Kustomization: HelmRelease is not served by every cluster. */
  kinds?: readonly WatchedKind[];
}

/** Tells what happens to Flux's objects, by polling: what the notes recommend in place of the Watch API. */
export class FluxWatcherService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /** Starts one poll for each kind. Never throws; a cluster that does not answer comes to onError. */
  start({
    kinds = ["GitRepository", "Kustomization"],
    namespace,
    labelSelector,
    ...rest
  }: FluxWatch): Polling {
    const narrowed = { ...(namespace && { namespace }), ...(labelSelector && { labelSelector }) };
    const polls = kinds.map((kind) => {
      const { group, version, plural } = MANAGED_KINDS[kind];
      const resource = { group, version, plural, ...narrowed };
      return this.#client.startPolling<FluxObject>({ ...rest, resource });
    });
    return {
      stop: () => {
        for (const poll of polls) poll.stop();
      },
      done: Promise.all(polls.map(({ done }) => done)).then(() => undefined),
    };
  }
}
