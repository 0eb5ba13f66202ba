import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { program } from "../../cluster/binaries.ts";
import { type Cluster, scratchFolder } from "../../cluster/index.ts";
import { type Ran, run } from "../../cluster/kubectl.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "src", "main.ts");

let programs: Promise<string> | undefined;

/**
 * Runs a fix of `diagnose` in a shell, as the administrator who pastes it; `projectgitops` and `kubectl` are real.
 * @throws Error with its stderr where a line of it fails
 */
export async function paste(cluster: Pick<Cluster, "kubeconfigPath">, fix: string | undefined): Promise<Ran> {
  if (fix === undefined) throw new Error("the finding has no fix");
  programs ??= folderOfPrograms();
  const env = { KUBECONFIG: cluster.kubeconfigPath, PATH: `${await programs}:${process.env.PATH}` };
  const ran = await run(["bash", "-e", "-o", "pipefail", "-c", fix], { env });
  if (ran.code !== 0) throw new Error(`${fix}\nended with ${ran.code}: ${ran.stderr}`);
  return ran;
}

async function folderOfPrograms(): Promise<string> {
  const folder = scratchFolder("pasted");
  symlinkSync(await program("kubectl"), join(folder, "kubectl"));
  const ours = join(folder, "projectgitops");
  await Bun.write(ours, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(ours, 0o755);
  return folder;
}
