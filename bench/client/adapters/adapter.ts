/**
 * The few calls that a program needs of a Kubernetes client, in one interface: what the benchmark drives, and what
 * docs/client.md proposes to put between a program and its client to try another, or to go back.
 */
export interface KubeAdapter {
  getConfigMap(namespace: string, name: string): Promise<ConfigMap>;
  createConfigMap(namespace: string, name: string, data: Record<string, string>): Promise<ConfigMap>;
}

export interface ConfigMap {
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string };
  data?: Record<string, string>;
}

/** Makes an adapter: the client's folder (for ours: its module), and a kubeconfig. */
export type AdapterFactory = (folder: string, kubeconfig: string) => Promise<KubeAdapter>;
