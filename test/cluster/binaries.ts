import { existsSync } from "node:fs";
import { join } from "node:path";
import { programFolder, withLock } from "./cache.ts";
import { downloadEnvtest, downloadFile, officialDownloads } from "./download.ts";
import { buildWithGo, goVersion } from "./go.ts";
import { PROGRAMS, type Program, type ProgramName } from "./programs.ts";
import { say } from "./progress.ts";

/** A program of the test cluster that cannot be had on this machine; the message says what to install. */
export class ProgramUnavailable extends Error {
  override readonly name = "ProgramUnavailable";
}

/**
 * Paths of these programs, got first where they are missing: from $KUBEBUILDER_ASSETS, the project's cache
 * folder, the official downloads (checksums verified), or built from the pinned Go modules.
 * Several processes may ask at once: one works, the others wait. Says on stderr which way is taken.
 * @throws ProgramUnavailable when there is no way.
 */
export async function programs<Name extends ProgramName>(
  names: readonly Name[],
): Promise<Record<Name, string>> {
  for (const [module, missing] of byModule(names.filter((name) => !existing(name)))) {
    await withLock(module, () => obtain(missing.filter((name) => !existing(name))));
  }
  return Object.fromEntries(names.map((name) => [name, existing(name)])) as Record<Name, string>;
}

/** Path of one program; see `programs`. */
export async function program(name: ProgramName): Promise<string> {
  return (await programs([name]))[name];
}

function existing(name: ProgramName): string | undefined {
  return [process.env["KUBEBUILDER_ASSETS"], programFolder(name)]
    .flatMap((folder) => (folder ? [join(folder, name)] : []))
    .find((path) => existsSync(path));
}

function byModule(names: ProgramName[]): Map<string, ProgramName[]> {
  return Map.groupBy(names, (name) => PROGRAMS[name].module);
}

async function obtain(missing: ProgramName[]): Promise<void> {
  const toBuild: ProgramName[] = [];
  for (const name of missing) if (!(await downloaded(name))) toBuild.push(name);
  if (toBuild.length === 0) return;
  const go = await goVersion();
  if (go === undefined) throw new ProgramUnavailable(await explain(toBuild));
  say(`${toBuild.join(", ")}: building from pinned Go modules with ${go} (minutes, once)`);
  await buildWithGo(toBuild);
}

async function downloaded(name: ProgramName): Promise<boolean> {
  const { download }: Program = PROGRAMS[name];
  if (download === undefined || existing(name) !== undefined) return download !== undefined;
  const official = await officialDownloads();
  if (!official.reachable) return false;
  try {
    if (download.from === "envtest") await downloadEnvtest(name);
    else await downloadFile(name, download.url);
  } catch (error) {
    // Not published for this platform, say, or not what was published: from source, then.
    say(`${name}: ${(error as Error).message}`);
  }
  return existing(name) !== undefined;
}

async function explain(names: ProgramName[]): Promise<string> {
  const official = await officialDownloads();
  const why = names.some((name) => "download" in PROGRAMS[name] && !official.reachable)
    ? `the official download cannot be reached (${official.reason})`
    : "there is no official download";
  return [
    `cannot get ${names.join(", ")}`,
    `  ${why}, and there is no Go on this machine to build from source`,
    "  next: install Go 1.26 or later and run the command again, or set KUBEBUILDER_ASSETS to a folder that holds the programs",
  ].join("\n");
}
