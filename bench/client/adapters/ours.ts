import type { AdapterFactory } from "./adapter.ts";

export const ours: AdapterFactory = async (module, kubeconfig) => {
  const { BunK8sClient, CONFIG_MAPS }: typeof import("../../../src/kube/index.ts") = await import(module);
  const client = new BunK8sClient(kubeconfig);
  return {
    getConfigMap: (namespace, name) => client.get(CONFIG_MAPS, { namespace, name }),
    createConfigMap: (namespace, name, data) =>
      client.create(CONFIG_MAPS, { metadata: { namespace, name }, data }),
  };
};
