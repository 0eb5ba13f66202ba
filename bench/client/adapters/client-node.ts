import type { AdapterFactory, ConfigMap } from "./adapter.ts";

interface CoreV1Api {
  readNamespacedConfigMap(request: { namespace: string; name: string }): Promise<ConfigMap>;
  createNamespacedConfigMap(request: { namespace: string; body: object }): Promise<ConfigMap>;
}

/** @kubernetes/client-node, version 1 or 2. */
export const clientNode: AdapterFactory = async (folder, kubeconfig) => {
  const { KubeConfig, CoreV1Api } = await import(
    `${folder}/node_modules/@kubernetes/client-node/dist/index.js`
  );
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api: CoreV1Api = config.makeApiClient(CoreV1Api);
  return {
    getConfigMap: (namespace, name) => api.readNamespacedConfigMap({ namespace, name }),
    createConfigMap: (namespace, name, data) =>
      api.createNamespacedConfigMap({ namespace, body: { metadata: { namespace, name }, data } }),
  };
};
