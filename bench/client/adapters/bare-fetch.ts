import { configFromKubeconfig } from "../../../src/kube/index.ts";
import type { AdapterFactory, ConfigMap } from "./adapter.ts";

/** Bun's fetch with the least around it: the most that a client on it can reach. */
export const bareFetch: AdapterFactory = async (_folder, kubeconfig) => {
  const { server, ca = "", credential = {} } = configFromKubeconfig(kubeconfig);
  const tls = { ca, cert: credential.clientCertificate ?? "", key: credential.clientKey ?? "" };
  const path = (namespace: string) => `${server}/api/v1/namespaces/${namespace}/configmaps`;
  const answer = async (response: Response) => (await response.json()) as ConfigMap;
  return {
    getConfigMap: async (namespace, name) => answer(await fetch(`${path(namespace)}/${name}`, { tls })),
    createConfigMap: async (namespace, name, data) => {
      const body = JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { namespace, name },
        data,
      });
      const headers = { "Content-Type": "application/json" };
      return answer(await fetch(path(namespace), { method: "POST", tls, headers, body }));
    },
  };
};
