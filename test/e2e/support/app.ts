import type { Files } from "../../cluster/index.ts";

/**
 * An application as a repository holds it: a base and one kustomize overlay for each environment. Its workload is
 * a ConfigMap, for no pods run in the test cluster and Flux waits for what it applies.
 */
export function appFiles(greeting: string, environments: readonly string[]): Files {
  const overlays = environments.map((name) => [
    `k8s/overlays/${name}/kustomization.yaml`,
    `resources: [../../base]
patches:
  - patch: |-
      {apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {environment: ${name}}}
`,
  ]);
  return {
    "k8s/base/kustomization.yaml": "resources: [app.yaml]\n",
    "k8s/base/app.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {greeting: ${greeting}}\n`,
    ...Object.fromEntries(overlays),
  };
}
