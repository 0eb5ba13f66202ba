import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { programFolder } from "./cache.ts";
import { PROGRAMS, type Program, type ProgramName } from "./programs.ts";
import { progress } from "./progress.ts";

/** What `go version` says ("go1.26.8"), or undefined on a machine without Go. */
export async function goVersion(): Promise<string | undefined> {
  try {
    const child = Bun.spawn(["go", "env", "GOVERSION"], { stdout: "pipe", stderr: "ignore" });
    const version = (await new Response(child.stdout).text()).trim();
    return (await child.exited) === 0 ? version : undefined;
  } catch {
    return undefined; // no such program
  }
}

/**
 * Builds programs of one module into the cache. They appear there only when whole.
 * @throws Error with the end of Go's own output.
 */
export async function buildWithGo(names: ProgramName[]): Promise<void> {
  for (const name of names) {
    const { module, package: main, tags, variables, cgo, version }: Program = PROGRAMS[name];
    const folder = programFolder(name);
    const unfinished = join(folder, `.${name}.${process.pid}`);
    const ldflags = [
      "-s",
      "-w",
      ...Object.entries(variables ?? {}).map(([key, value]) => `-X ${key}=${value}`),
    ];
    const command = ["go", "build", "-trimpath", "-ldflags", ldflags.join(" "), "-o", unfinished];
    if (tags !== undefined) command.push("-tags", tags);
    try {
      await progress(`building ${name} ${version}`, () =>
        go([...command.slice(1), main], module, cgo === undefined ? {} : { CGO_ENABLED: "1" }),
      );
      renameSync(unfinished, join(folder, name));
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
}

/** The folder of a module's source in Go's module cache, downloaded first where it is missing. */
export async function moduleFolder(module: string, path: string): Promise<string> {
  await progress(`downloading the Go module ${path}`, () => go(["mod", "download", path], module));
  return (await go(["list", "-m", "-f", "{{.Dir}}", path], module)).trim();
}

/**
 * Runs go in test/cluster/modules/<module>; resolves to its stdout.
 * @throws Error with the end of its stderr.
 */
export async function go(args: string[], module: string, env: Record<string, string> = {}): Promise<string> {
  const cwd = join(import.meta.dir, "modules", module);
  const child = Bun.spawn(["go", ...args], {
    cwd,
    env: { ...process.env, GOWORK: "off", GOFLAGS: "-mod=readonly", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return out;
  const tail = err.trimEnd().split("\n").slice(-15).join("\n    ");
  throw new Error(
    `go ${args[0]} failed in test/cluster/modules/${module}:\n    ${tail}\n  next: mend what Go says`,
  );
}
