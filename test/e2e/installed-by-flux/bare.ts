import { join } from "node:path";
import { BunK8sClient, CUSTOM_RESOURCE_DEFINITIONS } from "../../../src/kube/index.ts";
import {
  eventually,
  type Files,
  type Flux,
  type Gitea,
  kubectl,
  type OwnCluster,
  startCluster,
  startFlux,
  startGitea,
} from "../../cluster/index.ts";
import { isGone } from "../support/project.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
export const CRD = { name: "projectgitops.projectgitops.dev" };

/** A cluster with Flux and a git host, and nothing of ours: not even the CRD. */
export interface Bare {
  cluster: OwnCluster;
  admin: BunK8sClient;
  flux: Flux;
  gitea: Gitea;
  stop(): Promise<void>;
}

/** About fifteen seconds. A cluster of its own: an operator that looks at every namespace would disturb others. */
export async function openBare(): Promise<Bare> {
  const [cluster, gitea] = await Promise.all([startCluster(), startGitea()]);
  const admin = new BunK8sClient(cluster.kubeconfigPath);
  await admin.delete(CUSTOM_RESOURCE_DEFINITIONS, CRD);
  await eventually(() => isGone(admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD)), {
    description: "our CRD is gone",
  });
  const flux = await startFlux(cluster);
  await paste(cluster, FLUX_ACCOUNT);
  return {
    cluster,
    admin,
    flux,
    gitea,
    stop: async () => {
      admin.close();
      await Promise.all([flux.stop(), gitea.stop()]);
      await cluster.stop();
    },
  };
}

/** The account and its rights as `flux install` makes them. */
const FLUX_ACCOUNT = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: kustomize-controller, namespace: flux-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cluster-reconciler-flux-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: kustomize-controller, namespace: flux-system}]
`;

/** Applies manifests as a person does, with kubectl. */
export async function paste(cluster: OwnCluster, manifests: string): Promise<void> {
  const { code, stderr } = await kubectl(cluster, ["apply", "-f", "-"], manifests);
  if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
}

/** deploy/ and crds/ as they are in this repository. */
export async function operatorFiles(): Promise<Files> {
  const paths = [...new Bun.Glob("{deploy,crds}/**/*.yaml").scanSync({ cwd: ROOT })].sort();
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await Bun.file(join(ROOT, path)).text()] as const)),
  );
}
