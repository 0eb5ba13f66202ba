import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, withLock } from "../../../test/cluster/cache.ts";
import { progress } from "../../../test/cluster/progress.ts";

/** Other people's clients, at the versions of their lock files beside this one. */
export type Contender = "client-node" | "client-node-1" | "fluent";

/**
 * Installs a contender and returns its folder. Not a devDependency: each is about 70 packages and 80 MB, and only
 * the benchmark and test/api/origin need them. Kept in the project's cache, by the content of the lock file.
 */
export async function contenderFolder(name: Contender): Promise<string> {
  const source = join(import.meta.dir, name);
  const lock = readFileSync(join(source, "package-lock.json"));
  const folder = cacheFolder("contenders", `${name}-${Bun.hash(lock).toString(36)}`);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return folder;
  await withLock(`contender-${name}`, async () => {
    if (existsSync(complete)) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const file of ["package.json", "package-lock.json"])
      copyFileSync(join(source, file), join(folder, file));
    await progress(`installing ${name} to compare with`, () => npmCi(folder));
    await Bun.write(complete, "");
  });
  return folder;
}

async function npmCi(folder: string): Promise<void> {
  const npm = Bun.spawn(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const complaint = await new Response(npm.stderr).text();
  if ((await npm.exited) !== 0) throw new Error(`npm ci in ${folder} failed: ${complaint.trim()}`);
}
