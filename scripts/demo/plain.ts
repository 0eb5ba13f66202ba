import { BunK8sClient } from "../../src/kube/index.ts";
import { type OwnCluster, program, startCluster, startOperator } from "../../test/cluster/index.ts";
import { readObjects } from "./objects.ts";
import { readRequests, requestsBetween } from "./requests.ts";
import { applySample } from "./sample.ts";
import { fact, happened, print, since } from "./screen.ts";
import { watchStages } from "./stages.ts";
import { showTree, tellControlPlane } from "./tell.ts";
import { problems } from "./verify.ts";
import { watchRepairs } from "./watch.ts";

/** The sample project on a cluster without Flux: what is made, in which order, and that it is put back. */
export async function plainDemo(once: boolean, interrupted: () => AbortSignal): Promise<number> {
  const cluster = await startCluster();
  const client = new BunK8sClient(cluster.kubeconfigPath);
  await tellControlPlane(client);
  fact("CRDs", "projectgitops, Flux sources, Flux kustomize");

  const operator = await startOperator(cluster, {
    args: ["--poll-interval", "1s", "--resync-interval", "2s"],
  });
  fact("operator", "running with the permissions of deploy/, polling every 1 s");

  const before = readRequests(await operator.metrics());
  const { project, key, appliedAt } = await applySample(client);
  fact("credential", `a new SSH key, ${key.fingerprint}`);
  fact("project", `${project.metadata.name} applied: ${project.spec.environments.length} environments`);
  print();
  const completed = await watchStages(client, project, appliedAt);
  const elapsed = since(appliedAt);
  happened(appliedAt, "COMPLETED", requestsBetween(before, readRequests(await operator.metrics())));

  const secondClient = new BunK8sClient(cluster.kubeconfigPath);
  const objects = await readObjects(secondClient, completed);
  const wrong = problems(objects, key.privateKey);
  await showTree(cluster, completed);
  for (const problem of wrong) process.stderr.write(`error: ${problem}\n`);
  if (wrong.length === 0) fact("read back", `all ${objects.length} objects are there, by a second client`);
  const ready = completed.status?.conditions?.find(({ type }) => type === "Ready");
  fact("Ready", `${ready?.status ?? "Unknown"}: no Flux runs in this demo; npm run demo -- --flux has it`);
  fact("elapsed", `${elapsed} from apply to COMPLETED, the wait for the next poll included`);

  if (!once) {
    const ended = interrupted();
    await invite(cluster);
    await watchRepairs(client, completed, appliedAt, ended);
    process.stderr.write("ending …\n");
  }
  await operator.stop();
  await cluster.stop();
  return wrong.length === 0 ? 0 : 1;
}

async function invite(cluster: OwnCluster): Promise<void> {
  const kubectl = Bun.which("kubectl") === null ? await program("kubectl") : "kubectl";
  print();
  print(`  Look around:   export KUBECONFIG=${cluster.kubeconfigPath}`);
  print(`                 ${kubectl} get pgops -A`);
  print(
    `  Try:           ${kubectl} delete secret -n project-shop-staging shop-git-auth     # it comes back`,
  );
  print("  Ctrl-C ends everything.");
  print();
}
