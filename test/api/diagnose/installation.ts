import type { Deployment } from "kubernetes-types/apps/v1";
import { type BunK8sClient, DEPLOYMENTS, NAMESPACES } from "../../../src/kube/index.ts";

const LOCKED_DOWN = [
  "--no-cross-namespace-refs=true",
  "--no-remote-bases=true",
  "--default-service-account=default",
];

const APPLY = { force: true, fieldManager: "test-installation" } as const;

/** What an installation has: no kubelet runs it here, so what the controllers would say is written. */
const PARTS = [
  { namespace: "flux-system", name: "source-controller", image: "fluxcd/source-controller:v1.9.6", args: [] },
  {
    namespace: "flux-system",
    name: "kustomize-controller",
    image: "fluxcd/kustomize-controller:v1.9.5",
    args: LOCKED_DOWN,
  },
  {
    namespace: "projectgitops-system",
    name: "projectgitops",
    image: "projectgitops:0.1.0",
    args: ["run", "--leader-elect"],
  },
];

/** Makes the Deployments of Flux and of the operator stand as in a healthy cluster. Safe to repeat. */
export async function standInstallation(admin: BunK8sClient): Promise<void> {
  for (const { namespace, name, image, args } of PARTS) {
    await admin.apply(NAMESPACES, { metadata: { name: namespace } }, APPLY);
    const labels = { "app.kubernetes.io/name": name };
    const deployment: Deployment = {
      metadata: { namespace, name, labels },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: "manager", image, args }] } },
      },
    };
    await admin.apply(DEPLOYMENTS, deployment, APPLY);
    const status = {
      status: {
        availableReplicas: 1,
        readyReplicas: 1,
        replicas: 1,
        updatedReplicas: 1,
        observedGeneration: 1,
      },
    };
    await admin.patch(DEPLOYMENTS, { namespace, name }, status, { type: "merge", subresource: "status" });
  }
}
