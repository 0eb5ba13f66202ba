import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { scratchFolder } from "../janitor.ts";
import { mustRun } from "../kubectl.ts";

/** How npm on this machine gets at packages: a build base has to do the same, the Dockerfile must know nothing of it. */
export interface NpmWay {
  registry: string;
  /** File of a CA of the house, and what is in it. */
  ca?: { path: string; pem: string };
}

export async function npmWay(): Promise<NpmWay> {
  const setting = async (name: string) => {
    const value = (await mustRun(["npm", "config", "get", name])).trim();
    return value === "null" || value === "undefined" ? "" : value;
  };
  const [registry, cafile] = await Promise.all([setting("registry"), setting("cafile")]);
  const path = process.env["NODE_EXTRA_CA_CERTS"] || cafile;
  return { registry, ...(path ? { ca: { path, pem: readFileSync(path, "utf8") } } : {}) };
}

/** With npm itself, which verifies what it gets. */
export async function unpackNpm(spec: string, folder: string): Promise<void> {
  const cwd = scratchFolder("npm-pack");
  await mustRun(["npm", "pack", "--silent", spec], { cwd });
  const [file = ""] = readdirSync(cwd);
  mkdirSync(folder, { recursive: true });
  await mustRun(["tar", "-xzf", join(cwd, basename(file)), "-C", folder, "--strip-components=1"]);
}
