import { join } from "node:path";
import { type AdminAccess, adminCall, adminRequest } from "./admin.ts";
import type { Cluster } from "./control-plane.ts";
import { Daemon } from "./daemon.ts";
import { eventually } from "./eventually.ts";

/** The controllers without which namespaces never go, the ClusterRole admin is empty and policies are not judged. */
const CONTROLLERS = [
  "namespace-controller",
  "garbage-collector-controller",
  "serviceaccount-controller",
  "serviceaccount-token-controller",
  "root-ca-certificate-publisher-controller",
  "clusterrole-aggregation-controller",
  // Says what is wrong with the expressions of a policy.
  "validatingadmissionpolicy-status-controller",
];

export function startControllerManager(binary: string, cluster: Cluster): Promise<Daemon> {
  return Daemon.start({
    name: "kube-controller-manager",
    command: [
      binary,
      `--kubeconfig=${cluster.kubeconfigPath}`,
      "--leader-elect=false",
      "--secure-port=0",
      "--concurrent-namespace-syncs=10",
      "--kube-api-qps=200",
      "--kube-api-burst=400",
      `--service-account-private-key-file=${join(cluster.certs, "sa-signer.key")}`,
      `--root-ca-file=${join(cluster.certs, "ca.crt")}`,
      `--controllers=${CONTROLLERS.join(",")}`,
    ],
    log: join(cluster.folder, "kube-controller-manager.log"),
  });
}

/** Resolves when the default ServiceAccount is there and the ClusterRole admin has its rules. */
export async function controllersHaveWorked(access: AdminAccess): Promise<void> {
  await eventually(
    async () => {
      const account = await adminRequest(access, "GET", "/api/v1/namespaces/default/serviceaccounts/default");
      const role = await adminCall<{ rules?: unknown[] }>(
        access,
        "GET",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/admin",
      );
      return account.status === 200 && (role.rules?.length ?? 0) > 0;
    },
    { deadlineMs: 60_000, description: "the controller manager has made the default ServiceAccount" },
  );
}
