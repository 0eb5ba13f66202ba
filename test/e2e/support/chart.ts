import { join } from "node:path";
import { program, run, scratchFolder } from "../../cluster/index.ts";
import type { Ran } from "../../cluster/kubectl.ts";

export const CHART = join(import.meta.dir, "..", "..", "..", "deploy", "chart");

/** Runs helm with nothing of the person's own settings, on a cluster where one is given; never rejects on its exit code. */
export async function helmRun(args: string[], kubeconfig = "/dev/null"): Promise<Ran> {
  const home = scratchFolder("helm");
  const env = { HOME: home, KUBECONFIG: kubeconfig, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home };
  return run([await program("helm"), ...args], { env });
}

/** Runs every suite of deploy/chart/tests. */
export async function unittest(): Promise<Ran> {
  return run([await program("helm-unittest"), CHART]);
}
