import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Deployment } from "kubernetes-types/apps/v1";
import { DEPLOYMENTS } from "../../../src/kube/index.ts";
import { moduleFolder } from "../../cluster/go.ts";
import { mustRun, program } from "../../cluster/index.ts";
import { type Bare, paste } from "../installed-by-flux/bare.ts";
import { availableStatus } from "../installed-by-flux/fake-kubelet.ts";

const NAMESPACE = "flux-system";

/**
 * The Deployments of `flux install`, from the manifests of Flux's own modules, without lock-down. helm-controller
 * is no Go module: its Deployment is that of kustomize-controller under its name.
 */
export async function fluxDeployments(): Promise<string> {
  const [source, kustomize] = await Promise.all(
    ["source-controller", "kustomize-controller"].map(deploymentOf),
  );
  const helm = kustomize?.replaceAll("kustomize-controller", "helm-controller");
  return [source, kustomize, helm].join("---\n");
}

/** Applies Deployments of Flux and says, in the kubelet's place, that their Pods run: the processes do. */
export async function standFlux({ cluster, admin }: Bare, manifests: string): Promise<void> {
  const deployments = (loadAll(manifests) as (Deployment & { kind: string })[]).filter(
    ({ kind }) => kind === "Deployment",
  );
  await paste(cluster, deployments.map((deployment) => JSON.stringify(deployment)).join("\n---\n"));
  for (const { metadata } of deployments) {
    const ref = { namespace: NAMESPACE, name: metadata?.name ?? "" };
    const status = availableStatus(await admin.get(DEPLOYMENTS, ref));
    await admin.patch(DEPLOYMENTS, ref, { status }, { type: "merge", subresource: "status" });
  }
}

async function deploymentOf(name: string): Promise<string> {
  const folder = join(await moduleFolder(name, `github.com/fluxcd/${name}`), "config", "manager");
  const all = loadAll(await mustRun([await program("kubectl"), "kustomize", folder])) as Deployment[];
  const deployment = all.find(({ kind }) => kind === "Deployment");
  return `${JSON.stringify({ ...deployment, metadata: { ...deployment?.metadata, namespace: NAMESPACE } }, null, 2)}\n`;
}
