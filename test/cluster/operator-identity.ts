import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminCall } from "./admin.ts";
import { program } from "./binaries.ts";
import type { Cluster } from "./control-plane.ts";
import { scratchFolder } from "./janitor.ts";
import { kubectl, mustRun } from "./kubectl.ts";

/** The ServiceAccount that deploy/ installs the operator with. */
export const OPERATOR_NAMESPACE = "projectgitops-system";
export const OPERATOR_SERVICE_ACCOUNT = "projectgitops";

const DEPLOY = join(import.meta.dir, "..", "..", "deploy");

/** The operator's own identity, in each form that a program can be given it. */
export interface OperatorIdentity {
  token: string;
  /** Kubeconfig with that token. */
  kubeconfigPath: string;
  /** Folder with token, ca.crt and namespace, as the kubelet makes it in a Pod. */
  serviceAccountFolder: string;
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  serviceEnvironment: Record<string, string>;
}

/**
 * Applies what `kubectl kustomize deploy` prints and returns a fresh token of the ServiceAccount in it: exactly
 * the permissions that an installed operator has.
 */
export async function operatorToken(cluster: Cluster): Promise<OperatorIdentity> {
  await installDeploy(cluster);
  return installedIdentity(cluster);
}

/** A fresh token of the operator's ServiceAccount as whoever installed it left it: with Helm, say. */
export async function installedIdentity(
  cluster: Cluster,
  namespace = OPERATOR_NAMESPACE,
): Promise<OperatorIdentity> {
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${OPERATOR_SERVICE_ACCOUNT}`;
  const answer = await adminCall<{ status: { token: string } }>(cluster, "POST", `${account}/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 24 * 3600 },
  });
  return identityFiles(cluster, answer.status.token);
}

const KEY = Symbol.for("projectgitops.test.deployed");

/** Applies deploy/, once a process and cluster. */
export function installDeploy(cluster: Cluster): Promise<void> {
  const global = globalThis as { [KEY]?: Map<string, Promise<void>> };
  global[KEY] ??= new Map();
  const known = global[KEY].get(cluster.server);
  if (known !== undefined) return known;
  const applying = apply(cluster);
  global[KEY].set(cluster.server, applying);
  return applying;
}

async function apply(cluster: Cluster): Promise<void> {
  const manifests = await mustRun([await program("kubectl"), "kustomize", DEPLOY]);
  const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
  // A custom resource beside its own CRD, or an object beside its namespace, may need a second go.
  const { code, stderr } = await kubectl(cluster, args, manifests);
  if (code !== 0) throw new Error(`deploy/ cannot be applied to the test cluster:\n${stderr.trimEnd()}`);
}

function identityFiles(cluster: Cluster, token: string): OperatorIdentity {
  const folder = scratchFolder("operator-identity");
  const kubeconfigPath = join(folder, "kubeconfig");
  writeFileSync(kubeconfigPath, JSON.stringify(tokenKubeconfig(cluster, token)), { mode: 0o600 });
  const serviceAccountFolder = join(folder, "serviceaccount");
  mkdirSync(serviceAccountFolder);
  writeFileSync(join(serviceAccountFolder, "token"), token, { mode: 0o600 });
  writeFileSync(join(serviceAccountFolder, "ca.crt"), cluster.caPem);
  writeFileSync(join(serviceAccountFolder, "namespace"), OPERATOR_NAMESPACE);
  const { hostname, port } = new URL(cluster.server);
  return {
    token,
    kubeconfigPath,
    serviceAccountFolder,
    serviceEnvironment: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  };
}

/** JSON is YAML. */
function tokenKubeconfig(cluster: Cluster, token: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "test",
        cluster: {
          server: cluster.server,
          "certificate-authority-data": Buffer.from(cluster.caPem).toString("base64"),
        },
      },
    ],
    users: [{ name: "projectgitops", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "projectgitops" } }],
    "current-context": "test",
  };
}
