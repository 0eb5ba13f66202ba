import { BunK8sClient, type ClientOptions, configFromEnvironment } from "../kube/index.ts";

/**
 * The API server's named calls under the name that the notes give them: `createNamespace(name)`,
 * `createSecret(namespace, name, data, type)`, `namespaceExists(name)` and the rest of docs/client.md. It is the
 * client itself, so every other service takes it, and all of them share its connections.
 *
 * `new K3sService(kubeconfigPath?)` reads that kubeconfig; without a path KUBECONFIG, else ~/.kube/config.
 * Calls reject with K8sApiError, NamespaceNotFoundError, TransportError, …; a configuration that cannot be used
 * throws ConfigError.
 */
export class K3sService extends BunK8sClient {
  /** In a Pod its ServiceAccount; else KUBECONFIG; else ~/.kube/config. Throws ConfigError. */
  static override fromEnvironment(options: ClientOptions = {}): K3sService {
    return new K3sService(configFromEnvironment(options.context), options);
  }
}
