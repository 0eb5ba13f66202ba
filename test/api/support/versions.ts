import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mustRun, progress, run, scratchFolder } from "../../cluster/index.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");

/** A version of this repository that can be installed. */
export interface Version {
  /** Command in front of `run`. */
  program: string[];
  /** Its deploy/. */
  deploy: string;
}

/**
 * What a commit of this repository's history was. Where the history cannot be had (an archive of the source, a shallow
 * clone without its origin) it is this very source under an earlier version, and that is said.
 */
export async function versionOf(commit: string): Promise<Version> {
  const missing = await have(commit);
  if (missing !== undefined) {
    process.stderr.write(`warning: ${missing}\n  an earlier version is played by this source, named 0.0.1\n`);
    return versionNamed("0.0.1");
  }
  const folder = scratchFolder("earlier");
  const archive = join(folder, "source.tar");
  await mustRun(["git", "archive", "--output", archive, commit], { cwd: ROOT });
  await mustRun(["tar", "-xf", archive, "-C", folder]);
  return compiled(folder);
}

/** This very source under another version: what the next release begins as. */
export async function versionNamed(version: string): Promise<Version> {
  const folder = scratchFolder("named");
  for (const part of ["src", "crds", "deploy", "scripts", "tsconfig.json"])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  const facts = JSON.parse(await Bun.file(join(ROOT, "package.json")).text()) as object;
  await Bun.write(join(folder, "package.json"), JSON.stringify({ ...facts, version }));
  return compiled(folder);
}

async function compiled(folder: string): Promise<Version> {
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const program = join(folder, "built", "projectgitops");
  mkdirSync(join(folder, "built"));
  const build = [process.execPath, join(folder, "scripts", "build.ts"), "--outfile", program];
  await progress("compiling another version", () => mustRun(build, { cwd: folder }));
  return { program: [program], deploy: join(folder, "deploy") };
}

/**
 * A shallow clone has the newest commits only: the others are fetched, once.
 * @returns why it is not to be had, and what to type
 */
async function have(commit: string): Promise<string | undefined> {
  const isThere = async () =>
    (await run(["git", "cat-file", "-e", `${commit}^{commit}`], { cwd: ROOT })).code === 0;
  if (await isThere()) return undefined;
  const fetched = await run(["git", "fetch", "--unshallow", "--quiet"], { cwd: ROOT });
  if (await isThere()) return undefined;
  return `commit ${commit} is not in this clone: ${fetched.stderr.trim()}\n  next: git fetch --unshallow, or clone with the whole history (actions/checkout: fetch-depth: 0)`;
}
