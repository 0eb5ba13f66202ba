import { beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BunK8sClient } from "../../src/kube/index.ts";
import { type Cluster, mustRun, scratchFolder, sharedCluster, uniqueName } from "../cluster/index.ts";
import { typed } from "../unit/cli/typed.ts";
import { PROJECTS, projectObject, uniqueProject } from "./support/scope.ts";

let cluster: Cluster;
let folder: string;
const namespace = uniqueName("completion");
const [first, second] = [uniqueProject(), uniqueProject()];

beforeAll(async () => {
  cluster = await sharedCluster();
  const admin = new BunK8sClient(cluster.kubeconfigPath);
  await admin.createNamespace(namespace);
  for (const name of [first, second]) await admin.create(PROJECTS, projectObject(namespace, name));
  folder = scratchFolder("completion");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "completion.bash"), (await typed("completion bash")).stdout);
  const main = join(import.meta.dir, "..", "..", "src", "main.ts");
  const program = join(folder, "bin", "projectgitops");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(program, 0o755);
}, 60_000);

/** What bash offers after this, the last word being the one under the cursor. */
async function offered(...words: string[]): Promise<string[]> {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _projectgitops; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = await mustRun(
    ["bash", "-c", script, "bash", join(folder, "completion.bash"), "projectgitops", ...words],
    {
      env: { KUBECONFIG: cluster.kubeconfigPath, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` },
    },
  );
  return out.split("\n").filter(Boolean).toSorted();
}

test("bash completes verbs, options, their values, and names of projects of the namespace that was typed", async () => {
  expect(await offered("re")).toEqual(["reconcile", "render", "resume"]);
  expect(await offered("delete", "--d")).toEqual(["--dry-run"]);
  expect(await offered("get", "-o", "")).toEqual(["json", "name", "table", "wide", "yaml"]);
  expect(await offered("tree", "-n", namespace, "")).toEqual([first, second].toSorted());
  expect(await offered("completion", "")).toEqual(["bash", "fish", "zsh"]);
  expect(await offered("credential", "r")).toEqual(["revoke", "rotate"]);
  expect(await offered("credential", "revoke", "--y")).toEqual(["--yes"]);
  expect(await offered("credential", "show", "-n", namespace, "")).toEqual([first, second].toSorted());
});

test("without a cluster no names are offered, and nothing is printed in between", async () => {
  const script = join(folder, "bin", "projectgitops");
  const out = await mustRun(["sh", "-c", `"${script}" get -o name 2>/dev/null || true`], {
    env: { KUBECONFIG: join(folder, "nowhere") },
  });
  expect(out).toBe("");
});
