import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Kills the processes this one started and removes its scratch folder when it dies, by whatever cause: a small
 * shell that waits for the end of its stdin. Exit handlers would miss SIGKILL and a crash of the runtime.
 */
interface Janitor {
  folder: string;
  tell(line: string): void;
}

/** A new folder for files that nobody needs after this process. */
export function scratchFolder(prefix: string): string {
  const folder = join(janitor().folder, `${prefix}-${crypto.randomUUID().slice(0, 8)}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

/** Has this process killed (SIGKILL) when ours is gone, unless it ends before. */
export function dieWithUs(child: Bun.Subprocess): void {
  janitor().tell(`+ ${child.pid}`);
  // Its number may name another process by and by.
  void child.exited.then(() => janitor().tell(`- ${child.pid}`));
}

// bun test loads modules anew for each file, in one process: one janitor is enough.
const KEY = Symbol.for("projectgitops.test.janitor");

function janitor(): Janitor {
  const global = globalThis as { [KEY]?: Janitor };
  global[KEY] ??= hire();
  return global[KEY];
}

function hire(): Janitor {
  const folder = mkdtempSync(join(tmpdir(), "projectgitops-test-"));
  const shell = Bun.spawn(["sh", "-c", SCRIPT, "janitor", folder], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
    detached: true, // Ctrl-C in a terminal must not reach it
  });
  shell.unref();
  return {
    folder,
    tell(line) {
      shell.stdin.write(`${line}\n`);
      shell.stdin.flush();
    },
  };
}

const SCRIPT = `
pids=
while read -r what pid; do
  if [ "$what" = + ]; then pids="$pids $pid"; continue; fi
  kept=
  for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done
  pids=$kept
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
rm -rf "$1"
`;
