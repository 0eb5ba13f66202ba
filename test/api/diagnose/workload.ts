import type { Deployment, DeploymentStatus, ReplicaSet } from "kubernetes-types/apps/v1";
import type { Pod, PodStatus } from "kubernetes-types/core/v1";
import {
  DEPLOYMENTS,
  type KubeObject,
  PODS,
  REPLICA_SETS,
  type ResourceType,
} from "../../../src/kube/index.ts";
import { eventually } from "../../cluster/index.ts";
import type { Lab } from "./lab.ts";

/**
 * Neither a Deployment controller nor a kubelet runs here: what they would make and say is written by the test, in
 * the words of their source (pkg/controller/deployment, pkg/kubelet/kuberuntime).
 */

const LABELS = { app: "web" };
const TEMPLATE = {
  metadata: { labels: LABELS },
  spec: { containers: [{ name: "web", image: "acme/shop:2" }] },
};

/** What a Deployment says while none of its pods is available. */
export const UNAVAILABLE: DeploymentStatus = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  unavailableReplicas: 1,
  conditions: [{ type: "Available", status: "False", reason: "MinimumReplicasUnavailable" }],
};

export const AVAILABLE: DeploymentStatus = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  conditions: [
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
  ],
};

/** The Deployment `web` as it was applied, and what its controller says. */
export async function deploymentSays(
  { admin }: Lab,
  namespace: string,
  status: DeploymentStatus,
): Promise<Deployment> {
  const metadata = { namespace, name: "web" };
  const made = await admin.apply<Deployment>(
    DEPLOYMENTS,
    { metadata, spec: { replicas: 1, selector: { matchLabels: LABELS }, template: TEMPLATE } },
    { fieldManager: "kustomize-controller", force: true },
  );
  await say(admin, DEPLOYMENTS, metadata, status);
  return made;
}

/** A pod of the Deployment's ReplicaSet, and what the kubelet or the scheduler says of it. */
export async function podOf(admin: Lab["admin"], owner: Deployment, status: PodStatus): Promise<void> {
  const namespace = owner.metadata?.namespace ?? "";
  const name = "web-7d4b9-x2x";
  const set: ReplicaSet = await admin.create(REPLICA_SETS, {
    metadata: { namespace, name: "web-7d4b9", ownerReferences: [ownedBy("Deployment", owner)] },
    spec: { replicas: 0, selector: { matchLabels: LABELS }, template: TEMPLATE },
  });
  const pod: Pod = {
    metadata: { namespace, name, labels: LABELS, ownerReferences: [ownedBy("ReplicaSet", set)] },
    spec: TEMPLATE.spec,
  };
  // The namespace's default ServiceAccount, without which no pod is taken, is made by another controller.
  await eventually(() => admin.create(PODS, pod), { description: "the pod is taken" });
  await say(admin, PODS, { namespace, name }, status);
}

const ownedBy = (kind: string, { metadata }: KubeObject) => ({
  apiVersion: "apps/v1",
  kind,
  name: metadata?.name ?? "",
  uid: metadata?.uid ?? "",
  controller: true,
});

const say = (
  admin: Lab["admin"],
  resource: ResourceType,
  ref: { namespace: string; name: string },
  status: object,
): Promise<KubeObject> => admin.patch(resource, ref, { status }, { type: "merge", subresource: "status" });
