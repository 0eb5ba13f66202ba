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
import { configFromEnvironment } from "./config/environment.ts";
import { CustomObjectClient } from "./custom-object-client.ts";
import { isNotFound } from "./errors/k8s-api-error.ts";
import type { KubeObject } from "./objects.ts";
import type { CallOptions, ClientOptions, ListOptions } from "./options.ts";
import { CORE_EVENTS, DEPLOYMENTS, NAMESPACES, PODS, SECRETS, SERVICES } from "./resources.ts";
import { inNamespace } from "./verbs/write-call.ts";

type NamespacedListOptions = Omit<ListOptions, "namespace">;

/**
 * The Kubernetes client on Bun's own fetch and TLS. Here: named calls for daily use, thin over the verbs of
 * VerbClient; ClusterClient has watch, logs, tokens and discovery, CustomObjectClient custom objects and polling.
 * All reject with a KubeError; what is not there is a 404, never undefined.
 */
export class BunK8sClient extends CustomObjectClient {
  /** In a Pod its ServiceAccount; else KUBECONFIG; else ~/.kube/config. Throws ConfigError. */
  static fromEnvironment(options: ClientOptions = {}): BunK8sClient {
    return new BunK8sClient(configFromEnvironment(options.context), options);
  }

  /** The server's list: `.items`, and `.metadata` with the list's version. */
  async listNamespaces(options: NamespacedListOptions = {}): Promise<NamespaceList> {
    return (await this.list(NAMESPACES, options)) as NamespaceList;
  }

  /** One Namespace; 404 rejects. */
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

  /** The Pods of a namespace. */
  async listPods(namespace: string, options: NamespacedListOptions = {}): Promise<PodList> {
    return (await this.list(PODS, { ...options, namespace })) as PodList;
  }

  /** One Pod; 404 rejects. */
  async getPod(namespace: string, name: string, options?: CallOptions): Promise<Pod> {
    return this.get(PODS, { namespace, name }, options);
  }

  /** Makes it in `namespace`. Rejects with AlreadyExists, NamespaceNotFoundError, or 422 with causes. */
  async createDeployment(namespace: string, body: Deployment, options?: CallOptions): Promise<Deployment> {
    return this.create(DEPLOYMENTS, inNamespace(body, namespace), options);
  }

  /** One Deployment; 404 rejects. */
  async getDeployment(namespace: string, name: string, options?: CallOptions): Promise<Deployment> {
    return this.get(DEPLOYMENTS, { namespace, name }, options);
  }

  /** The Deployments of a namespace. */
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

  /** Deletes it; its Pods follow in the background. Answers a Status. */
  async deleteDeployment(namespace: string, name: string, options?: CallOptions): Promise<KubeObject> {
    return this.delete(DEPLOYMENTS, { namespace, name }, options);
  }

  /** Makes it in `namespace`. Rejects with AlreadyExists, NamespaceNotFoundError, or 422 with causes. */
  async createService(namespace: string, body: Service, options?: CallOptions): Promise<Service> {
    return this.create(SERVICES, inNamespace(body, namespace), options);
  }

  /** One Service; 404 rejects. */
  async getService(namespace: string, name: string, options?: CallOptions): Promise<Service> {
    return this.get(SERVICES, { namespace, name }, options);
  }

  /** The Services of a namespace. */
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

  /** Deletes it. Answers the Service or a Status, as the server does. */
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

  /** Deletes it. Answers a Status. */
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
}
