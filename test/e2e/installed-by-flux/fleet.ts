import { join } from "node:path";
import type { Condition, ProjectGitOps } from "../../../src/api/schema.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { BunK8sClient, CUSTOM_RESOURCE_DEFINITIONS } from "../../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../../src/reconcile/index.ts";
import { condition } from "../../api/support/scope.ts";
import {
  eventually,
  type Files,
  type Flux,
  type Gitea,
  type GitRemote,
  kubectl,
  type OwnCluster,
  startCluster,
  startFlux,
  startGitea,
} from "../../cluster/index.ts";
import { appFiles } from "../support/app.ts";
import { isGone } from "../support/project.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
export const CRD = { name: "projectgitops.projectgitops.dev" };
/** Namespace of the projects on the page. */
export const PLATFORM = "platform";

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

/** What one of the page's Kustomizations says of itself. */
export interface Said {
  ready: string | undefined;
  reason: string | undefined;
  message: string;
  /** What is under way. */
  doing: string;
  /** Revision that is applied and was found healthy. */
  applied: string | undefined;
}

export async function kustomization(bare: Bare, namespace: string, name: string): Promise<Said> {
  const { status } = (await bare.admin.get(resourceOf("Kustomization"), { namespace, name })) as {
    status?: { lastAppliedRevision?: string; conditions?: Condition[] };
  };
  const conditionOf = (type: string) => status?.conditions?.find((one) => one.type === type);
  const ready = conditionOf("Ready");
  return {
    ready: ready?.status,
    reason: ready?.reason,
    message: ready?.message ?? "",
    doing: conditionOf("Reconciling")?.message ?? "",
    applied: status?.lastAppliedRevision,
  };
}

/** Does what `flux reconcile source git` does: has a GitRepository fetched now. */
export async function fetchNow(bare: Bare, namespace: string, name: string): Promise<void> {
  const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
  const change = { metadata: { annotations } };
  await bare.admin.patch(resourceOf("GitRepository"), { namespace, name }, change, { type: "merge" });
}

/** Waits until the Kustomization is Ready with this commit applied. */
export function untilApplied(bare: Bare, namespace: string, name: string, commit: string): Promise<Said> {
  return eventually(
    async () => {
      const said = await kustomization(bare, namespace, name);
      if (said.ready === "True" && said.applied?.endsWith(commit)) return said;
      throw new Error(Bun.inspect(said));
    },
    { description: `Kustomization ${name} is Ready at ${commit}`, deadlineMs: 60_000 },
  );
}

/** Makes an application's repository and its Secret beside the projects; the deploy key is not registered yet. */
export async function giveApplication(
  { gitea, admin }: Bare,
  name: string,
  environments: string[],
): Promise<{ publicKey: string; repository: GitRemote }> {
  const repository = await gitea.createRepository(name);
  await repository.push(appFiles("one", environments));
  await repository.tag("v1.0.0");
  const { privateKey, publicKey } = makeSshKey(name);
  const data = { identity: privateKey, known_hosts: gitea.knownHosts };
  await admin.createSecret(PLATFORM, `${name}-git`, data);
  return { publicKey, repository };
}

/** A project of one environment, as a file of the fleet. */
export const projectFile = (bare: Bare, name: string, more = ""): string => `
apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata: {name: ${name}, namespace: ${PLATFORM}}
spec:
  projectId: ${name}
  git:
    url: ${bare.gitea.sshUrl(name)}
    credential: {secretRef: {name: ${name}-git}}
  environments: [{name: production}]
${more}`;

export async function projects(bare: Bare): Promise<ProjectGitOps[]> {
  return (await bare.admin.list(PROJECTS, { namespace: PLATFORM })).items;
}

/** Ready is True, and for the spec as it is now. */
export const isReady = (project: ProjectGitOps): boolean =>
  condition(project, "Ready")?.status === "True" &&
  project.status?.observedGeneration === project.metadata.generation;
