import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../cluster/cache.ts";
import { Daemon } from "../../cluster/daemon.ts";
import { eventually, uniqueName } from "../../cluster/eventually.ts";
import { scratchFolder } from "../../cluster/janitor.ts";

const CLUSTER = join(import.meta.dir, "..", "..", "cluster");

test("a daemon and the scratch folder go when the process that started them is killed", async () => {
  const script = `
    import { Daemon } from "${CLUSTER}/daemon.ts";
    import { scratchFolder } from "${CLUSTER}/janitor.ts";
    const folder = scratchFolder("victim");
    const daemon = await Daemon.start({ name: "sleep", command: ["sleep", "600"], log: folder + "/log" });
    console.log(JSON.stringify({ pid: daemon.pid, folder }));
    setInterval(() => {}, 1000);
  `;
  const parent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
  const { value } = await parent.stdout.getReader().read();
  const { pid, folder } = JSON.parse(new TextDecoder().decode(value)) as { pid: number; folder: string };
  expect(isRunning(pid)).toBeTrue();
  parent.kill("SIGKILL");
  await eventually(() => !isRunning(pid) && !existsSync(folder), { description: "nothing is left" });
});

test("a daemon that ends before it is ready says so with its last words", async () => {
  const start = Daemon.start({
    name: "brief",
    command: ["sh", "-c", "echo no such flag >&2; exit 3"],
    log: join(scratchFolder("brief"), "log"),
    ready: () => false,
  });
  await expect(start).rejects.toThrow(/brief ended with code 3[\s\S]*no such flag/);
});

test("a lock is held by one at a time, also within one process", async () => {
  const cache = mkdtempSync(join(tmpdir(), "projectgitops-lock-"));
  const before = process.env["XDG_CACHE_HOME"];
  process.env["XDG_CACHE_HOME"] = cache;
  try {
    const name = uniqueName("lock");
    const order: string[] = [];
    const held = Promise.withResolvers<void>();
    const first = withLock(name, async () => {
      order.push("first in");
      await held.promise;
      order.push("first out");
    });
    const second = withLock(name, async () => order.push("second in"));
    held.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["first in", "first out", "second in"]);
  } finally {
    if (before === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = before;
    rmSync(cache, { recursive: true, force: true });
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
