import { repositoryName } from "../../src/api/names.ts";
import type { Condition, ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import type { BunK8sClient, KubeObject } from "../../src/kube/index.ts";
import { describe, type ObjectId } from "../../src/plan/index.ts";
import { PROJECTS, projectRef, refOf, resourceOf } from "../../src/reconcile/index.ts";
import { requestLook } from "../../src/reconcile/requests.ts";
import { eventually, mustRun, program } from "../../test/cluster/index.ts";
import type { FluxStack } from "../demo/flux-stack.ts";

/** Mistypes production's path and puts another key into staging's copy by hand, and waits until Flux has felt both. */
export async function breakShop({ client, cluster }: FluxStack, project: ProjectGitOps): Promise<void> {
  const environments = project.spec.environments.map((environment) =>
    environment.name === "production" ? { ...environment, path: "./k8s/overlay/production" } : environment,
  );
  await client.patch(PROJECTS, projectRef(project), { spec: { environments } }, { type: "merge" });
  await complains(client, {
    kind: "Kustomization",
    namespace: "project-shop-production",
    name: "shop-production",
  });

  const namespace = "project-shop-staging";
  const { privateKey } = makeSshKey("somebody");
  const identity = Buffer.from(privateKey).toString("base64");
  const edit = ["--kubeconfig", cluster.kubeconfigPath, "edit", "secret", "shop-git-auth", "-n", namespace];
  await mustRun([await program("kubectl"), ...edit], {
    env: { KUBE_EDITOR: `sed -i 's#^  identity: .*#  identity: ${identity}#'` },
  });
  const id = { kind: "GitRepository", namespace, name: repositoryName("shop") } as const;
  await requestLook(client, id, new Date().toISOString(), { fieldManager: "picture" });
  await complains(client, id);
}

/** Waits until a Flux object says Ready=False of what it is asked now. */
async function complains(client: BunK8sClient, id: ObjectId): Promise<void> {
  await eventually(
    async () => {
      const { metadata, status }: FluxStatus = await client.get(resourceOf(id.kind), refOf(id));
      return status?.conditions?.some(
        (condition) =>
          condition.type === "Ready" &&
          condition.status === "False" &&
          condition.observedGeneration === metadata?.generation,
      );
    },
    { description: `${describe(id)} fails`, deadlineMs: 90_000 },
  );
}

interface FluxStatus extends KubeObject {
  status?: { conditions?: Condition[] };
}
