import { startLogKubelet } from "../../api/support/kubelet.ts";
import type { Place } from "./place.ts";

/**
 * Puts Pods under the Deployments of the operator and of Flux: no kubelet runs them, their logs are what the real
 * processes have printed.
 * @returns ends the node that they stand on
 */
export async function standPods({ cluster, admin, pod, flux }: Place): Promise<() => Promise<void>> {
  const kubelet = await startLogKubelet({ cluster, admin });
  await kubelet.pod({
    namespace: "projectgitops-system",
    labels: { "app.kubernetes.io/name": "projectgitops" },
    log: () => pod?.output() ?? "",
  });
  for (const daemon of [flux.source, flux.kustomize])
    await kubelet.pod({
      namespace: "flux-system",
      labels: { app: daemon.name },
      log: () => daemon.output(),
    });
  return kubelet.stop;
}
