import { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { PROGRAMS, type ProgramName } from "./programs.ts";
import { progress } from "./progress.ts";

const LONGEST_BUILD = 45 * 60_000;

/** The folder where the project keeps what it downloaded or built, by the XDG rules. Made when it is missing. */
export function cacheFolder(...below: string[]): string {
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const folder = join(base, "projectgitops", ...below);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The folder that holds the programs of one module; named by version and platform. */
export function programFolder(name: ProgramName): string {
  const { module, version } = PROGRAMS[name];
  return cacheFolder("programs", `${module}-${version}-${process.platform}-${process.arch}`);
}

/**
 * Runs `work` while this process alone holds the lock of that name, among all processes of this user. The lock
 * is a file lock that SQLite takes: the system drops it when its process dies, so that none is ever left over.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const database = new Database(join(cacheFolder("locks"), `${name}.lock`));
  try {
    database.run("PRAGMA busy_timeout = 0");
    const what = `waiting for another process that prepares ${name}`;
    await progress(what, () =>
      eventually(() => tryLock(database), { deadlineMs: LONGEST_BUILD, description: what }),
    );
    return await work();
  } finally {
    database.close();
  }
}

function tryLock(database: Database): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) return false;
    throw error;
  }
}
