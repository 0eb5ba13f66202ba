import type { ProjectGitOps } from "../../src/api/schema.ts";
import { processIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { PROGRAMS } from "../../test/cluster/programs.ts";
import { fact, print, sinceStart } from "./screen.ts";

/** Says which control plane runs. */
export async function tellControlPlane(client: BunK8sClient): Promise<void> {
  const { gitVersion } = await client.version();
  fact(
    "control plane",
    `etcd ${PROGRAMS.etcd.version.slice(1)}, kube-apiserver ${gitVersion.slice(1)}     ready after ${sinceStart()}`,
  );
}

/** Prints what `projectgitops tree` says of the project, indented. */
export async function showTree(
  { kubeconfigPath }: { kubeconfigPath: string },
  { metadata }: ProjectGitOps,
): Promise<void> {
  const io = processIo();
  let text = "";
  const args = ["tree", metadata.name, "-n", metadata.namespace, "--kubeconfig", kubeconfigPath];
  await runCli(args, {
    ...io,
    columns: io.columns === undefined ? undefined : io.columns - 2,
    out: (part) => {
      text += part;
    },
  });
  print();
  for (const line of text.trimEnd().split("\n")) print(`  ${line}`);
  print();
}
