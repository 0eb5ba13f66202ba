import type { AdapterFactory, ConfigMap } from "./adapter.ts";

interface Fluent {
  InNamespace(namespace: string): Fluent;
  Get(name: string): Promise<ConfigMap>;
  Create(body: object): Promise<ConfigMap>;
}

/** kubernetes-fluent-client; it reads the kubeconfig from KUBECONFIG. */
export const fluent: AdapterFactory = async (folder, kubeconfig) => {
  process.env["KUBECONFIG"] = kubeconfig;
  const { K8s, kind } = await import(`${folder}/node_modules/kubernetes-fluent-client/dist/index.js`);
  const configMaps = (): Fluent => K8s(kind.ConfigMap);
  return {
    getConfigMap: (namespace, name) => configMaps().InNamespace(namespace).Get(name),
    createConfigMap: (namespace, name, data) => configMaps().Create({ metadata: { namespace, name }, data }),
  };
};
