import type { Deployment, DeploymentList } from "kubernetes-types/apps/v1";
import type {
  EventList,
  Namespace,
  NamespaceList,
  Pod,
  PodList,
  Secret,
  Service,
  ServiceList,
} from "kubernetes-types/core/v1";
import { ClusterClient } from "./cluster-client.ts";
import { configFromEnvironment } from "./config/environment.ts";
import { isNotFound } from "./errors/k8s-api-error.ts";
import type { KubeList, KubeObject } from "./objects.ts";
import type { CallOptions, ClientOptions, ListOptions } from "./options.ts";
import {
  CORE_EVENTS,
  DEPLOYMENTS,
  defineResource,
  NAMESPACES,
  PODS,
  type ResourceType,
  SECRETS,
  SERVICES,
} from "./resources.ts";
import { type Change, type Polling, startPolling } from "./verbs/poll.ts";

/** A custom kind, as the named calls take it. */
export interface CustomKind {
  group: string;
  version: string;
  plural: string;
}

type NamespacedListOptions = Omit<ListOptions, "namespace">;

/** The Kubernetes client on Bun's own fetch and TLS: the verbs of VerbClient and ClusterClient, and named calls for daily use. */
export class BunK8sClient extends ClusterClient {
  /** In a Pod its ServiceAccount; else KUBECONFIG; else ~/.kube/config. Throws ConfigError. */
  static fromEnvironment(options: ClientOptions = {}): BunK8sClient {
    return new BunK8sClient(configFromEnvironment(options.context), options);
  }

  async listNamespaces(options: NamespacedListOptions = {}): Promise<NamespaceList> {
    return (await this.list(NAMESPACES, options)) as NamespaceList;
  }

  async getNamespace(name: string, options?: CallOptions): Promise<Namespace> {
    return this.get(NAMESPACES, { name }, options);
  }

  /** Rejects with AlreadyExists when it is there. */
  async createNamespace(namespace: string | Namespace, options?: CallOptions): Promise<Namespace> {
    const body = typeof namespace === "string" ? { metadata: { name: namespace } } : namespace;
    return this.create(NAMESPACES, body, options);
  }

  /** Answers the Namespace, which now is Terminating: it goes some seconds later, with all it holds. */
  async deleteNamespace(name: string, options?: CallOptions): Promise<Namespace> {
    return (await this.delete(NAMESPACES, { name }, options)) as Namespace;
  }

  /** False only when the server says 404; a Terminating one exists. Other errors reject. */
  async namespaceExists(name: string, options?: CallOptions): Promise<boolean> {
    try {
      await this.getMetadata(NAMESPACES, { name }, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async listPods(namespace: string, options: NamespacedListOptions = {}): Promise<PodList> {
    return (await this.list(PODS, { ...options, namespace })) as PodList;
  }

  async getPod(namespace: string, name: string, options?: CallOptions): Promise<Pod> {
    return this.get(PODS, { namespace, name }, options);
  }

  async createDeployment(namespace: string, body: Deployment, options?: CallOptions): Promise<Deployment> {
    return this.create(DEPLOYMENTS, inNamespace(body, namespace), options);
  }

  async getDeployment(namespace: string, name: string, options?: CallOptions): Promise<Deployment> {
    return this.get(DEPLOYMENTS, { namespace, name }, options);
  }

  async listDeployments(namespace: string, options: NamespacedListOptions = {}): Promise<DeploymentList> {
    return (await this.list(DEPLOYMENTS, { ...options, namespace })) as DeploymentList;
  }

  /** Replaces it. With body.metadata.resourceVersion only that version, else 409 Conflict. */
  async updateDeployment(
    namespace: string,
    name: string,
    body: Deployment,
    options?: CallOptions,
  ): Promise<Deployment> {
    return this.replace(DEPLOYMENTS, inNamespace(body, namespace, name), options);
  }

  async deleteDeployment(namespace: string, name: string, options?: CallOptions): Promise<KubeObject> {
    return this.delete(DEPLOYMENTS, { namespace, name }, options);
  }

  async createService(namespace: string, body: Service, options?: CallOptions): Promise<Service> {
    return this.create(SERVICES, inNamespace(body, namespace), options);
  }

  async getService(namespace: string, name: string, options?: CallOptions): Promise<Service> {
    return this.get(SERVICES, { namespace, name }, options);
  }

  async listServices(namespace: string, options: NamespacedListOptions = {}): Promise<ServiceList> {
    return (await this.list(SERVICES, { ...options, namespace })) as ServiceList;
  }

  /** Replaces it. With body.metadata.resourceVersion only that version, else 409 Conflict. */
  async updateService(
    namespace: string,
    name: string,
    body: Service,
    options?: CallOptions,
  ): Promise<Service> {
    return this.replace(SERVICES, inNamespace(body, namespace, name), options);
  }

  async deleteService(namespace: string, name: string, options?: CallOptions): Promise<KubeObject> {
    return this.delete(SERVICES, { namespace, name }, options);
  }

  /**
   * Makes a Secret from plain text, which is encoded here, once. Into a missing Namespace it rejects with
   * NamespaceNotFoundError, told from the server's own answer: no look before, so no race.
   */
  async createSecret(
    namespace: string | Namespace,
    name: string,
    data: Record<string, string>,
    type = "Opaque",
    options?: CallOptions,
  ): Promise<Secret> {
    const encoded = Object.entries(data).map(([key, text]) => [
      key,
      Buffer.from(text, "utf8").toString("base64"),
    ]);
    const body: Secret = { metadata: { name }, type, data: Object.fromEntries(encoded) };
    const target = typeof namespace === "string" ? namespace : (namespace.metadata?.name ?? "");
    return this.create(SECRETS, inNamespace(body, target), options);
  }

  /** `data` is base64, as the server answers it. */
  async getSecret(namespace: string, name: string, options?: CallOptions): Promise<Secret> {
    return this.get(SECRETS, { namespace, name }, options);
  }

  async deleteSecret(namespace: string, name: string, options?: CallOptions): Promise<KubeObject> {
    return this.delete(SECRETS, { namespace, name }, options);
  }

  /** Events of a namespace (core/v1). Narrow with fieldSelector, for example "involvedObject.name=web". */
  async getEvents(namespace: string, options: NamespacedListOptions = {}): Promise<EventList> {
    return (await this.list(CORE_EVENTS, { ...options, namespace })) as EventList;
  }

  /** Whether the API server answers, and its version. Never rejects, except for the caller's own signal. */
  async healthCheck(options?: CallOptions): Promise<{ reachable: boolean; version: string | undefined }> {
    try {
      return { reachable: true, version: (await this.version(options)).gitVersion };
    } catch {
      options?.signal?.throwIfAborted();
      return { reachable: false, version: undefined };
    }
  }

  /** All objects of a custom kind, of one namespace or of all. */
  async listCustomResources<T extends KubeObject = KubeObject>(
    target: CustomKind & Pick<ListOptions, "namespace" | "labelSelector" | "resourceVersion">,
    options?: CallOptions,
  ): Promise<KubeList<T>> {
    const { group, version, plural, ...narrowed } = target;
    return this.list(customKind<T>({ group, version, plural }), { ...options, ...narrowed });
  }

  async getNamespacedCustomObject<T extends KubeObject = KubeObject>(
    target: CustomKind & { namespace: string; name: string },
    options?: CallOptions,
  ): Promise<T> {
    return this.get(customKind<T>(target), target, options);
  }

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

/** The namespace (and name) of the call win over the body's: that is where it is written. */
function inNamespace<T extends KubeObject>(body: T, namespace: string, name?: string): T {
  const metadata = { ...body.metadata, namespace, ...(name === undefined ? {} : { name }) };
  return { ...body, metadata };
}
