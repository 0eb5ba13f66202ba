import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, sharedCluster } from "../../cluster/index.ts";

const root = join(import.meta.dir, "..", "..", "..");
// Below node_modules: inside the package, so that "projectgitops/client" is found, and outside of git.
const base = join(root, "node_modules", ".cache");
mkdirSync(base, { recursive: true });
const folder = mkdtempSync(join(base, "recipes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recipes = [
  ...readFileSync(join(root, "docs", "client.md"), "utf8").matchAll(
    /^### (\d+) · (.+)\n```ts\n([\s\S]*?)```$/gm,
  ),
].map(([, number = "", title = "", code = ""]) => {
  const file = join(folder, `recipe-${number}.ts`);
  writeFileSync(
    file,
    code.replace('"projectgitops/client"', JSON.stringify(join(root, "src", "kube", "index.ts"))),
  );
  return { number, title, file, prints: [...code.matchAll(/^\/\/ prints: (.+)$/gm)].map(([, line]) => line) };
});

let cluster: Cluster;
beforeAll(async () => {
  cluster = await sharedCluster();
});

test("docs/client.md has ten recipes", () => {
  expect(recipes.map(({ number }) => Number(number))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("the recipes compile as a stranger's strict program", async () => {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules", "@types")] },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { output, code } = await run([join(root, "node_modules", ".bin", "tsc"), "--noEmit", "-p", folder]);
  expect(output).toBe("");
  expect(code).toBe(0);
});

for (const { number, title, file, prints } of recipes) {
  test(`recipe ${number}, ${title}, prints what it says`, async () => {
    const { output, code } = await run([process.execPath, file], { KUBECONFIG: cluster.kubeconfigPath });
    expect(output.trim().split("\n")).toEqual(prints as string[]);
    expect(code).toBe(0);
  });
}

async function run(
  command: string[],
  env: Record<string, string> = {},
): Promise<{ output: string; code: number }> {
  const child = Bun.spawn(command, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  return { output: await new Response(child.stdout).text(), code: await child.exited };
}
