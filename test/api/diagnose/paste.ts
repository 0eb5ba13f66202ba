import type { Cluster } from "../../cluster/index.ts";
import { type Ran, run } from "../../cluster/kubectl.ts";
import { folderOfPrograms } from "../../docs/shell.ts";

let programs: Promise<string> | undefined;

/**
 * Runs a fix of `diagnose` in a shell, as the administrator who pastes it; `projectgitops` and `kubectl` are real.
 * @throws Error with its stderr where a line of it fails
 */
export async function paste(cluster: Pick<Cluster, "kubeconfigPath">, fix: string | undefined): Promise<Ran> {
  if (fix === undefined) throw new Error("the finding has no fix");
  programs ??= folderOfPrograms(["kubectl"]);
  const env = { KUBECONFIG: cluster.kubeconfigPath, PATH: `${await programs}:${process.env.PATH}` };
  const ran = await run(["bash", "-e", "-o", "pipefail", "-c", fix], { env });
  if (ran.code !== 0) throw new Error(`${fix}\nended with ${ran.code}: ${ran.stderr}`);
  return ran;
}
