import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { scratchFolder } from "./janitor.ts";
import { mustRun } from "./kubectl.ts";

/** Path in the repository to content; null removes the file. */
export type Files = Record<string, string | null>;

/** A repository on a git host, written to as people do: commit in a working copy, push. */
export class GitRemote {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param url with the credential to push, over HTTP. */
  static async at(url: string): Promise<GitRemote> {
    const remote = new GitRemote(scratchFolder("working-copy"));
    await remote.#git("init", "--quiet", "--initial-branch=main");
    await remote.#git("remote", "add", "origin", url);
    return remote;
  }

  /** Commits these files on a branch (made from the current one where it is new), pushes; resolves to the commit. */
  async push(files: Files, { message = "change", branch = "main" } = {}): Promise<string> {
    await this.#switchTo(branch);
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.#folder, path);
      if (content === null) rmSync(file);
      else {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, content);
      }
    }
    await this.#git("add", "--all");
    await this.#git("commit", "--quiet", "--allow-empty", "-m", message);
    await this.#git("push", "--quiet", "origin", branch);
    return this.#git("rev-parse", "HEAD");
  }

  /** Tags the last commit and pushes the tag. */
  async tag(name: string): Promise<void> {
    await this.#git("tag", name);
    await this.#git("push", "--quiet", "origin", name);
  }

  async #switchTo(branch: string): Promise<void> {
    const current = await this.#git("symbolic-ref", "--short", "HEAD");
    if (current === branch) return;
    const known = await this.#git("branch", "--list", branch);
    await this.#git("switch", "--quiet", ...(known === "" ? ["--create"] : []), branch);
  }

  async #git(...args: string[]): Promise<string> {
    const out = await mustRun(["git", ...args], { cwd: this.#folder, env: ENVIRONMENT });
    return out.trim();
  }
}

/** A person's own git settings (signing, hooks) have no part in tests. */
const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
};
