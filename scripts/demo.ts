/**
 * `npm run demo`: a local control plane, the operator with the permissions of deploy/, and the sample project.
 * Stays until Ctrl-C; `npm run demo -- --once` ends by itself, with exit code 0 only if a second client finds
 * every object.
 */
import { parseArgs } from "node:util";
import { BunK8sClient } from "../src/kube/index.ts";
import { type OwnCluster, program, startCluster, startOperator } from "../test/cluster/index.ts";
import { PROGRAMS } from "../test/cluster/programs.ts";
import { readObjects } from "./demo/objects.ts";
import { readRequests, requestsBetween } from "./demo/requests.ts";
import { applySample } from "./demo/sample.ts";
import { fact, happened, print, since, sinceStart } from "./demo/screen.ts";
import { watchStages } from "./demo/stages.ts";
import { tree } from "./demo/tree.ts";
import { problems } from "./demo/verify.ts";
import { watchRepairs } from "./demo/watch.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { once: { type: "boolean", default: false } },
});
const ended = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => ended.abort());

try {
  process.exitCode = await demo();
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();

async function demo(): Promise<number> {
  const cluster = await startCluster();
  const client = new BunK8sClient(cluster.kubeconfigPath);
  const { gitVersion } = await client.version();
  fact(
    "control plane",
    `etcd ${PROGRAMS.etcd.version.slice(1)}, kube-apiserver ${gitVersion.slice(1)}     ready after ${sinceStart()}`,
  );
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
  print();
  for (const line of tree(completed, objects)) print(`  ${line}`);
  print();
  for (const problem of wrong) process.stderr.write(`error: ${problem}\n`);
  if (wrong.length === 0) fact("read back", `all ${objects.length} objects are there, by a second client`);
  const ready = completed.status?.conditions?.find(({ type }) => type === "Ready");
  fact("Ready", `${ready?.status ?? "Unknown"}: no Flux runs in this demo, so nothing is fetched from git`);
  fact("elapsed", `${elapsed} from apply to COMPLETED, the wait for the next poll included`);

  if (!values.once && !ended.signal.aborted) {
    await invite(cluster);
    await watchRepairs(client, completed, appliedAt, ended.signal);
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
