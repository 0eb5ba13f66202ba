import type { ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey, type SshKeyPair } from "../../src/git/index.ts";
import { BunK8sClient } from "../../src/kube/index.ts";
import {
  type Gitea,
  type GitRemote,
  type Operator,
  type OwnCluster,
  programs,
  startCluster,
  startFlux,
  startGitea,
  startOperator,
} from "../../test/cluster/index.ts";
import { CONTROL_PLANE } from "../../test/cluster/programs.ts";
import { shopFiles } from "./app.ts";
import { readSample } from "./sample.ts";

/** Flux looks this often: the shortest that it takes. */
export const INTERVAL = "10s";

/** All that the shop needs to go from a push to a cluster, running; the project itself is not applied yet. */
export interface FluxStack {
  cluster: OwnCluster;
  client: BunK8sClient;
  gitea: Gitea;
  operator: Operator;
  repository: GitRemote;
  /** Registered as the repository's deploy key. */
  key: SshKeyPair;
  /** Commit of the first push, which is also tagged v1.0.0. */
  commit: string;
  environments: string[];
  stop(): Promise<void>;
}

/** Starts a control plane, Gitea, Flux and the operator, and makes the first push; about fifteen seconds. */
export async function startFluxStack(): Promise<FluxStack> {
  await programs([...CONTROL_PLANE, "source-controller", "kustomize-controller", "gitea"]);
  const [cluster, gitea] = await Promise.all([startCluster(), startGitea()]);
  const [flux, operator, first] = await Promise.all([
    startFlux(cluster),
    startOperator(cluster, { args: ["--poll-interval", "1s", "--resync-interval", "2s"] }),
    firstPush(gitea),
  ]);
  return {
    cluster,
    client: new BunK8sClient(cluster.kubeconfigPath),
    gitea,
    operator,
    ...first,
    stop: async () => {
      await operator.stop();
      await Promise.all([flux.stop(), gitea.stop()]);
      await cluster.stop();
    },
  };
}

async function firstPush(
  gitea: Gitea,
): Promise<Pick<FluxStack, "repository" | "key" | "commit" | "environments">> {
  const { spec }: ProjectGitOps = await readSample();
  const environments = spec.environments.map(({ name }) => name);
  const repository = await gitea.createRepository(spec.projectId);
  const commit = await repository.push(shopFiles("hello", environments), { message: "hello" });
  await repository.tag("v1.0.0");
  const key = makeSshKey("shop@demo");
  await gitea.api.addDeployKey(spec.projectId, key.publicKey);
  return { repository, key, commit, environments };
}
