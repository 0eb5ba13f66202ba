import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/cluster/index.ts";
import { contenderFolder } from "./contenders/install.ts";

const IMPORTS = 11;

export interface Footprint {
  name: string;
  packages: number;
  megabytes: number;
  /** The quickest of several fresh processes (the others met a busy machine); undefined when it cannot be imported. */
  importMs: number | undefined;
}

/** The client as the package it is published as: bundled, minified, js-yaml beside it. */
export interface Packed {
  bundleBytes: number;
  dependencies: string[];
  footprint: Footprint;
}

export async function packOurs(root: string): Promise<Packed> {
  const folder = scratchFolder("bench-package");
  const built = await Bun.build({
    entrypoints: [join(root, "src", "kube", "index.ts")],
    target: "bun",
    minify: true,
    external: ["js-yaml"],
  });
  const code = await built.outputs[0]?.text();
  if (code === undefined) throw new Error(`src/kube cannot be bundled: ${built.logs.join("; ")}`);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const needed = { "js-yaml": dependencies["js-yaml"] };
  const module = join(folder, "package");
  await Bun.write(join(module, "index.js"), code);
  const manifest = {
    name: "bun-k8s-client",
    version: "0.0.0",
    type: "module",
    exports: "./index.js",
    dependencies: needed,
  };
  writeFileSync(join(module, "package.json"), JSON.stringify(manifest));
  const home = join(folder, "installed");
  await Bun.write(join(home, "package.json"), JSON.stringify({ private: true }));
  // --install-links: as from the registry, not as a link.
  await run(
    ["npm", "install", "--install-links", "--no-audit", "--no-fund", "--loglevel=error", module],
    home,
  );
  return {
    bundleBytes: Buffer.byteLength(code),
    dependencies: Object.keys(needed),
    footprint: await measure("BunK8sClient", home, [process.execPath], "bun-k8s-client/index.js"),
  };
}

export async function footprints(): Promise<Footprint[]> {
  const clientNode = "@kubernetes/client-node/dist/index.js";
  const [one, two, fluent] = [
    await contenderFolder("client-node-1"),
    await contenderFolder("client-node"),
    await contenderFolder("fluent"),
  ];
  return [
    await measure("client-node 1.4.0 on Node", one, ["node"], clientNode),
    await measure("client-node 1.4.0 on Bun", one, [process.execPath], clientNode),
    await measure("client-node 2.0.1 on Bun", two, [process.execPath], clientNode),
    await measure(
      "fluent-client 3.11.6 on Bun",
      fluent,
      [process.execPath],
      "kubernetes-fluent-client/dist/index.js",
    ),
  ];
}

async function measure(name: string, folder: string, program: string[], module: string): Promise<Footprint> {
  const modules = join(folder, "node_modules");
  const lock = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")) as { packages: object };
  return {
    name,
    packages: Object.keys(lock.packages).length,
    megabytes: bytesBelow(modules) / 1e6,
    importMs: await importTime(program, join(modules, module)),
  };
}

async function importTime(program: string[], path: string): Promise<number | undefined> {
  const script = `const begun = performance.now(); await import(${JSON.stringify(path)}); console.log(performance.now() - begun); process.exit(0);`;
  const times: number[] = [];
  for (let turn = 0; turn < IMPORTS; turn++) {
    const child = Bun.spawn([...program, "--input-type=module", "-e", script], {
      stdout: "pipe",
      stderr: "ignore",
    });
    const time = Number.parseFloat(await new Response(child.stdout).text());
    if ((await child.exited) !== 0 || Number.isNaN(time)) return undefined;
    times.push(time);
  }
  return Math.min(...times);
}

function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}

async function run(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, { cwd, stdout: "ignore", stderr: "pipe" });
  const complaint = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: ${complaint.trim()}`);
}
