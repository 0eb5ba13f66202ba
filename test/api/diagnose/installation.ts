import type { Deployment } from "kubernetes-types/apps/v1";
import type { Lease } from "kubernetes-types/coordination/v1";
import { type BunK8sClient, DEPLOYMENTS, LEASES, NAMESPACES } from "../../../src/kube/index.ts";

const LOCKED_DOWN = [
  "--no-cross-namespace-refs=true",
  "--no-remote-bases=true",
  "--default-service-account=default",
];

const APPLY = { force: true, fieldManager: "test-installation" } as const;

const FLUX = [
  { name: "source-controller", image: "fluxcd/source-controller:v1.9.6", args: [] },
  { name: "kustomize-controller", image: "fluxcd/kustomize-controller:v1.9.5", args: LOCKED_DOWN },
];

/** As in deploy/, so that the program's own manifests can be applied over it. */
const OPERATOR = {
  namespace: "projectgitops-system",
  name: "projectgitops",
  serviceAccountName: "projectgitops",
  container: "operator",
};

/**
 * Makes the Deployments of Flux and of the operator stand as in a healthy cluster, and Flux's Leases as just renewed:
 * no kubelet runs them here, so what the controllers would say is written. Safe to repeat.
 * @param flags of the operator that really runs, so that its Deployment tells the same
 */
export async function standInstallation(admin: BunK8sClient, flags: readonly string[] = []): Promise<void> {
  const operator = { ...OPERATOR, image: "projectgitops:0.1.0", args: ["run", "--leader-elect", ...flags] };
  await Promise.all([
    stand(admin, operator),
    ...FLUX.map(async (part) => {
      await stand(admin, { ...part, namespace: "flux-system", container: "manager" });
      await renewLease(admin, "flux-system", `${part.name}-leader-election`);
    }),
  ]);
}

interface Part {
  namespace: string;
  name: string;
  container: string;
  image: string;
  args: readonly string[];
  serviceAccountName?: string;
}

async function stand(admin: BunK8sClient, part: Part): Promise<void> {
  const { namespace, name, container, image, args, serviceAccountName = name } = part;
  await admin.apply(NAMESPACES, { metadata: { name: namespace } }, APPLY);
  const labels = { "app.kubernetes.io/name": name };
  const deployment: Deployment = {
    metadata: { namespace, name, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { serviceAccountName, containers: [{ name: container, image, args: [...args] }] },
      },
    },
  };
  await admin.apply(DEPLOYMENTS, deployment, APPLY);
  await setAvailable(admin, { namespace, name }, 1);
}

/** What the Deployment's controller would write. */
export async function setAvailable(
  admin: BunK8sClient,
  ref: { namespace: string; name: string },
  replicas: number,
): Promise<void> {
  const counts = { availableReplicas: replicas, readyReplicas: replicas };
  const status = { status: { ...counts, replicas: 1, updatedReplicas: 1, observedGeneration: 1 } };
  await admin.patch(DEPLOYMENTS, ref, status, { type: "merge", subresource: "status" });
}

/** A Lease as Flux's controllers write it (controller-runtime; 35 s is Flux's default). */
export async function renewLease(
  admin: BunK8sClient,
  namespace: string,
  name: string,
  renewedAt = Date.now(),
): Promise<void> {
  const time = new Date(renewedAt).toISOString().replace("Z", "000Z");
  const holderIdentity = `${name}-6d5c8_0b1f`;
  const spec = { holderIdentity, leaseDurationSeconds: 35, acquireTime: time, renewTime: time };
  await admin.apply(LEASES, { metadata: { namespace, name }, spec } satisfies Lease, APPLY);
}
