import { ClusterClient } from "./cluster-client.ts";
import type { KubeList, KubeObject } from "./objects.ts";
import type { CallOptions, ListOptions } from "./options.ts";
import { defineResource, type ResourceType } from "./resources.ts";
import { type Change, type Polling, startPolling } from "./verbs/poll.ts";
import { inNamespace } from "./verbs/write-call.ts";

/** A custom kind, as the named calls take it. */
export interface CustomKind {
  group: string;
  version: string;
  plural: string;
}

/** client-node's calls for custom objects, under their names; and polling. */
export class CustomObjectClient extends ClusterClient {
  /** All objects of a custom kind, of one namespace or of all. */
  async listCustomResources<T extends KubeObject = KubeObject>(
    target: CustomKind & Pick<ListOptions, "namespace" | "labelSelector" | "resourceVersion">,
    options?: CallOptions,
  ): Promise<KubeList<T>> {
    const { group, version, plural, ...narrowed } = target;
    return this.list(customKind<T>({ group, version, plural }), { ...options, ...narrowed });
  }

  /** One custom object; 404 rejects, also when the kind is not served. */
  async getNamespacedCustomObject<T extends KubeObject = KubeObject>(
    target: CustomKind & { namespace: string; name: string },
    options?: CallOptions,
  ): Promise<T> {
    return this.get(customKind<T>(target), target, options);
  }

  /** Makes it in `namespace`; the body says its apiVersion and kind. */
  async createNamespacedCustomObject<T extends KubeObject = KubeObject>(
    target: CustomKind & { namespace: string; body: T },
    options?: CallOptions,
  ): Promise<T> {
    return this.create(
      customKind<T>(target, target.body.kind),
      inNamespace(target.body, target.namespace),
      options,
    );
  }

  /** `type`: merge (default) or json. */
  async patchNamespacedCustomObject<T extends KubeObject = KubeObject>(
    target: CustomKind & { namespace: string; name: string; body: unknown; type?: "merge" | "json" },
    options?: CallOptions,
  ): Promise<T> {
    return this.patch(customKind<T>(target), target, target.body, {
      ...options,
      type: target.type ?? "merge",
    });
  }

  /** Deletes it. Answers the object while finalizers hold it, else a Status. */
  async deleteNamespacedCustomObject(
    target: CustomKind & { namespace: string; name: string },
    options?: CallOptions,
  ): Promise<KubeObject> {
    return this.delete(customKind(target), target, options);
  }

  /**
   * Tells what is added, changed and removed, by listing every `interval` milliseconds (default 5000). Rounds never
   * overlap; a change is told again until onChange has taken it. Ends with `signal` or with stop().
   */
  startPolling<T extends KubeObject = KubeObject>(options: {
    resource: CustomKind & Pick<ListOptions, "namespace" | "labelSelector">;
    interval?: number;
    onChange: (change: Change<T>) => unknown;
    onError?: (error: unknown) => unknown;
    signal?: AbortSignal;
  }): Polling {
    const { resource, interval = 5000, onChange, onError, signal } = options;
    const list = (signal: AbortSignal) => this.listCustomResources<T>(resource, { signal });
    return startPolling<T>({ interval, list, onChange, onError, signal });
  }
}

/** The named calls know no kind and need none: the server's answers carry it. */
function customKind<T extends KubeObject>(target: CustomKind, kind = ""): ResourceType<T> {
  return defineResource<T>({
    group: target.group,
    version: target.version,
    plural: target.plural,
    kind,
    namespaced: true,
  });
}
