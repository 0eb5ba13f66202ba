import { join } from "node:path";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { BunK8sClient } from "../../src/kube/index.ts";
import { mustRun, OWNER, program, scratchFolder } from "../../test/cluster/index.ts";
import { PROGRAMS } from "../../test/cluster/programs.ts";
import { shopFiles } from "./app.ts";
import { greetings, watchDeployment, watchRevisions } from "./deployed.ts";
import { type FluxStack, INTERVAL, startFluxStack } from "./flux-stack.ts";
import { applySample } from "./sample.ts";
import { fact, happened, print, since } from "./screen.ts";
import { watchStages } from "./stages.ts";
import { showTree, tellControlPlane } from "./tell.ts";
import { watchRepairs } from "./watch.ts";

/** From a push to what is deployed, and again, with Flux and a git host. */
export async function fluxDemo(once: boolean, interrupted: () => AbortSignal): Promise<number> {
  const stack = await startFluxStack();
  const { client, cluster, gitea, key } = stack;
  await tellControlPlane(client);
  fact(
    "Flux",
    `source-controller ${versionOf("source-controller")}, kustomize-controller ${versionOf("kustomize-controller")}, locked down`,
  );
  fact("git host", `Gitea ${versionOf("gitea")}, private repository ${OWNER}/shop, by SSH`);
  fact("operator", "running with the permissions of deploy/, polling every 1 s");
  fact("deploy key", `a new SSH key, ${key.fingerprint}`);
  fact("first push", `${stack.commit.slice(0, 7)} to main, tagged v1.0.0: "hello"`);

  const { project, appliedAt } = await applySample(client, {
    url: gitea.sshUrl("shop"),
    interval: INTERVAL,
    knownHosts: gitea.knownHosts,
    key,
  });
  fact("project", `shop applied: ${stack.environments.join(", ")}`);
  print();
  await watchStages(client, project, appliedAt);
  happened(appliedAt, "COMPLETED", "every object is there");
  const first = await watchDeployment(client, project, stack.commit, stack.environments, appliedAt);
  const ready = since(appliedAt);
  happened(appliedAt, "Ready", messageOf(first));
  await showTree(cluster, first);

  const commit = await stack.repository.push(shopFiles("hello again", stack.environments), {
    message: "hello again",
  });
  const pushedAt = performance.now();
  fact("second push", `${commit.slice(0, 7)} to main: "hello again"; Flux looks every ${INTERVAL}`);
  print();
  const onMain = stack.environments.filter((name) => name !== "production");
  const second = await watchDeployment(client, project, commit, onMain, pushedAt);
  const applied = since(pushedAt);
  happened(pushedAt, "Ready", "production stays on the newest tag, v1.0.0");
  await showTree(cluster, second);

  const wrong = await problems(stack, project);
  for (const problem of wrong) process.stderr.write(`error: ${problem}\n`);
  if (wrong.length === 0) fact("read back", "what was pushed is deployed, by a second client");
  fact("elapsed", `${ready} from apply to Ready, ${applied} from push to Ready with it`);

  if (!once) {
    const ended = interrupted();
    await invite(stack);
    await Promise.all([
      watchRepairs(client, second, appliedAt, ended),
      watchRevisions(client, second, appliedAt, ended),
    ]);
    process.stderr.write("ending …\n");
  }
  await stack.stop();
  return wrong.length === 0 ? 0 : 1;
}

const versionOf = (name: keyof typeof PROGRAMS): string => PROGRAMS[name].version.slice(1);

const messageOf = ({ status }: ProjectGitOps): string =>
  status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";

async function problems({ cluster }: FluxStack, project: ProjectGitOps): Promise<string[]> {
  const found = await greetings(new BunK8sClient(cluster.kubeconfigPath), project);
  return Object.entries(found).flatMap(([environment, greeting]) => {
    const expected = environment === "production" ? "hello" : "hello again";
    return greeting === expected ? [] : [`${environment} says ${greeting}, not ${expected}`];
  });
}

/** Gives people a working copy of their own, which may push. */
async function invite({ cluster, gitea }: FluxStack): Promise<void> {
  const { username, password } = gitea.api.credential;
  const folder = join(scratchFolder("people"), "shop");
  const remote = gitea.url.replace("://", `://${username}:${password}@`);
  await mustRun(["git", "clone", "--quiet", `${remote}/${OWNER}/shop.git`, folder]);
  const kubectl = Bun.which("kubectl") === null ? await program("kubectl") : "kubectl";
  print();
  print(`  Look around:   export KUBECONFIG=${cluster.kubeconfigPath}`);
  print(`                 ${kubectl} get pgops -A`);
  print(`  Try:           cd ${folder}     # change k8s/base/config.yaml`);
  print("                 git commit -am mine && git push");
  print("                 git tag v1.1.0 && git push --tags     # production follows");
  print("  Ctrl-C ends everything.");
  print();
}
