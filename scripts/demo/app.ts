import type { Files } from "../../test/cluster/index.ts";

/**
 * The shop as its repository holds it: a base and an overlay for each environment. No pods run in the demo's cluster
 * and Flux waits for what it applies, so it is made of kinds that need none.
 */
export function shopFiles(greeting: string, environments: readonly string[]): Files {
  const overlays = environments.map((name) => [
    `k8s/overlays/${name}/kustomization.yaml`,
    `resources: [../../base]
patches:
  - patch: |-
      {apiVersion: v1, kind: ConfigMap, metadata: {name: shop}, data: {environment: ${name}}}
`,
  ]);
  return {
    "k8s/base/kustomization.yaml": "resources: [config.yaml, service.yaml]\n",
    "k8s/base/config.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {greeting: ${greeting}}
`,
    "k8s/base/service.yaml": `apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{port: 80}]
`,
    ...Object.fromEntries(overlays),
  };
}
