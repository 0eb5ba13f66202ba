import { chmodSync, existsSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Daemon, type DaemonOptions } from "../cluster/daemon.ts";
import { program, run, scratchFolder } from "../cluster/index.ts";
import type { Ran } from "../cluster/kubectl.ts";
import type { ProgramName } from "../cluster/programs.ts";
import { ROOT } from "./page.ts";

export interface ShellOptions {
  kubeconfigPath: string;
  /** Where it begins, and its HOME; default a folder of its own. */
  folder?: string;
  /** Programs of the test cluster on its PATH, beside kubectl and projectgitops. */
  programs?: readonly ProgramName[];
  env?: Record<string, string>;
}

/**
 * One terminal of a person who reads a page: each script begins in the folder and with the exported variables that
 * the one before left. It has nothing of the environment of the tests.
 */
export class Shell {
  readonly folder: string;
  readonly #env: Record<string, string>;
  readonly #state = join(scratchFolder("shell"), "state");

  private constructor(folder: string, env: Record<string, string>) {
    this.folder = folder;
    this.#env = env;
  }

  static async open({ kubeconfigPath, folder, programs = [], env }: ShellOptions): Promise<Shell> {
    const home = folder ?? scratchFolder("reader");
    return new Shell(home, {
      HOME: home,
      PATH: `${await folderOfPrograms(["kubectl", ...programs])}:${process.env["PATH"]}`,
      KUBECONFIG: kubeconfigPath,
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
      ...env,
    });
  }

  /** Runs a script to its end. */
  run(script: string): Promise<Ran> {
    return run(["env", "-i", ...this.#variables(), "bash", "-c", this.#whole(script)], { cwd: this.folder });
  }

  /** For what a test itself does. @throws Error with the script's stderr when it fails */
  async must(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(script);
    if (code !== 0) throw new Error(`${script}\nended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Runs a script that asks, on a terminal, where each of these is typed as the answer to the next question. */
  async runTyping(script: string, answers: readonly string[]): Promise<Ran> {
    const left = [...answers];
    let said = "";
    const child = Bun.spawn(["env", "-i", ...this.#variables(), "bash", "-c", this.#whole(script)], {
      cwd: this.folder,
      terminal: {
        cols: 200,
        rows: 50,
        data(terminal, bytes) {
          said += new TextDecoder().decode(bytes);
          const answer =
            said.split(/to go on: /).length - 1 > answers.length - left.length ? left.shift() : undefined;
          if (answer !== undefined) terminal.write(`${answer}\n`);
        },
      },
    });
    const code = await child.exited;
    return { code, stdout: said.replaceAll("\r\n", "\n"), stderr: "" };
  }

  /** A second terminal with a script that stays. */
  start(script: string, options: Pick<DaemonOptions, "name" | "ready">): Promise<Daemon> {
    return Daemon.start({
      command: ["env", "-i", ...this.#variables(), "bash", "-c", `${this.#before()}exec ${script}`],
      cwd: this.folder,
      log: join(scratchFolder("terminal"), "log"),
      ...options,
    });
  }

  #variables(): string[] {
    return Object.entries(this.#env).map(([name, value]) => `${name}=${value}`);
  }

  /** A script that fails as a whole when a line of it does, and leaves its folder and variables for the next. */
  #whole(script: string): string {
    return `set -euo pipefail
${this.#before()}
leave() { { export -p; printf 'cd %q\\n' "$PWD"; } > '${this.#state}'; }
trap leave EXIT
${script}`;
  }

  #before(): string {
    return existsSync(this.#state) ? `. '${this.#state}'\n` : "";
  }
}

/** A folder for the PATH with these programs of the test cluster, and with ours, also as a plugin of kubectl. */
export async function folderOfPrograms(names: readonly ProgramName[]): Promise<string> {
  const folder = scratchFolder("programs");
  for (const name of names) symlinkSync(await program(name), join(folder, name));
  const main = join(ROOT, "src", "main.ts");
  for (const name of ["projectgitops", "kubectl-projectgitops"]) {
    const wrapper = join(folder, name);
    await Bun.write(wrapper, `#!/bin/bash\nexec -a ${name} '${process.execPath}' '${main}' "$@"\n`);
    chmodSync(wrapper, 0o755);
  }
  return folder;
}
