import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, sharedCluster } from "../../cluster/index.ts";
import { leftOut, ROOT, readPage } from "../../docs/page.ts";

const PAGE = readPage("docs/client.md");
// Below node_modules: inside the package, so that "projectgitops/client" is found, and outside of git.
const base = join(ROOT, "node_modules", ".cache");
mkdirSync(base, { recursive: true });
const folder = mkdtempSync(join(base, "recipes-"));
afterAll(() => rmSync(folder, { recursive: true }));

const recipes = PAGE.blocks
  .filter(({ language }) => language === "ts")
  .map((block) => {
    const file = join(folder, `recipe-${block.line}.ts`);
    const client = JSON.stringify(join(ROOT, "src", "kube", "index.ts"));
    writeFileSync(file, block.text.replace('"projectgitops/client"', client));
    return {
      ...block,
      file,
      prints: [...block.text.matchAll(/^\/\/ prints: (.+)$/gm)].map(([, line]) => line),
    };
  });

let cluster: Cluster;
beforeAll(async () => {
  cluster = await sharedCluster();
});

test("docs/client.md has ten recipes after its first line, and no block besides", () => {
  const numbers = recipes.map(({ title }) => Number(/^\d+/.exec(title)?.[0] ?? 0));
  expect(numbers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(leftOut(PAGE, recipes)).toEqual([]);
});

test("the recipes compile as a stranger's strict program", async () => {
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    // The first line of the page is an import alone.
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(ROOT, "node_modules", "@types")] },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { output, code } = await run([join(ROOT, "node_modules", ".bin", "tsc"), "--noEmit", "-p", folder]);
  expect(output).toBe("");
  expect(code).toBe(0);
});

for (const { title, file, prints } of recipes) {
  test(`${title}: prints what it says`, async () => {
    const { output, code } = await run([process.execPath, file], { KUBECONFIG: cluster.kubeconfigPath });
    expect(output.split("\n").filter(Boolean)).toEqual(prints as string[]);
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
