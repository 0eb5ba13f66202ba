import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./cache.ts";
import { mustRun, type Ran, run } from "./kubectl.ts";
import { progress } from "./progress.ts";

/**
 * Unpacks Debian packages into a folder, without installing anything: no root, and no service starts. The folder
 * appears only when whole.
 * @throws Error with apt-get's own words
 */
export async function unpackDebian(packages: readonly string[], folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const what = `getting ${packages.join(", ")} from Debian`;
  await withLock("apt-get", () => progress(what, () => unpack(packages, folder)));
}

/**
 * Installs the packages of programs that are not on the PATH: for those that cannot run from a folder of the cache.
 * @throws Error with the command to type, where this is not root or not Debian
 */
export async function installDebian(programs: Readonly<Record<string, string>>): Promise<void> {
  const missing = () => Object.keys(programs).filter((name) => Bun.which(name) === null);
  if (missing().length === 0) return;
  await withLock("apt-get", async () => {
    const names = missing();
    const packages = names.map((name) => programs[name] ?? name);
    if (packages.length > 0)
      await progress(`installing ${packages.join(", ")}`, () => install(names, packages));
  });
}

async function unpack(packages: readonly string[], folder: string): Promise<void> {
  if (existsSync(folder)) return; // another process was faster
  const unfinished = `${folder}.${process.pid}`;
  const files = join(unfinished, ".packages");
  mkdirSync(files, { recursive: true });
  try {
    const { code, stderr } = await withLists(() =>
      run(["apt-get", "download", "-q", ...packages], { cwd: files }),
    );
    if (code !== 0) throw new Error(stderr.trim());
    // In the order asked for: base-files, where it is among them, makes the folders' links.
    for (const name of packages) {
      const file = readdirSync(files).find((each) => each.startsWith(`${name}_`)) ?? `${name}.deb`;
      await mustRun(["dpkg-deb", "--extract", join(files, file), unfinished]);
    }
    rmSync(files, { recursive: true });
    renameSync(unfinished, folder);
  } catch (error) {
    throw new Error(
      `cannot get ${packages.join(", ")}: ${(error as Error).message}\n  next: ${byHand(packages)}`,
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function install(names: readonly string[], packages: readonly string[]): Promise<void> {
  const command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", ...packages];
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const why =
    process.getuid?.() === 0
      ? (await withLists(() => run(command, { env }))).stderr.trim()
      : "installing them needs root";
  const left = names.filter((name) => Bun.which(name) === null);
  if (left.length > 0)
    throw new Error(`no ${left.join(", ")} on this machine: ${why}\n  next: ${byHand(packages)}`);
}

/** A fresh machine has no package lists, or old ones whose files are gone: got anew where the first try fails. */
async function withLists(attempt: () => Promise<Ran>): Promise<Ran> {
  if (Bun.which("apt-get") === null) return { code: 1, stdout: "", stderr: "no apt-get on this machine" };
  const first = await attempt();
  if (first.code === 0) return first;
  // Without root this fails, and the second try says why.
  await run(["apt-get", "update", "-q"]);
  return attempt();
}

const byHand = (packages: readonly string[]): string =>
  `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
