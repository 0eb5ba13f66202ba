import { startLogKubelet } from "../../api/support/kubelet.ts";
import type { Place } from "./place.ts";

/**
 * Puts Pods under the Deployments of the operator and of Flux: no kubelet runs them, their logs are what the real
 * processes have printed.
 * @returns ends the node that they stand on
 */
export async function standPods(place: Place): Promise<() => Promise<void>> {
  const kubelet = await startLogKubelet(place);
  await kubelet.pod({
    namespace: "projectgitops-system",
    labels: { "app.kubernetes.io/name": "projectgitops" },
    log: () => place.pod?.output() ?? "",
  });
  for (const daemon of [place.flux.source, place.flux.kustomize])
    await kubelet.pod({
      namespace: "flux-system",
      labels: { app: daemon.name },
      log: () => daemon.output(),
    });
  return kubelet.stop;
}
