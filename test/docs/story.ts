import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { Daemon, DaemonOptions } from "../cluster/daemon.ts";
import { kubectl } from "../cluster/index.ts";
import type { Ran } from "../cluster/kubectl.ts";
import { blocksToRun, blockWith, type Page, ROOT } from "./page.ts";
import type { Shell } from "./shell.ts";

/** What a block needs beside itself. */
export interface Scene {
  /** What the page leaves to the reader, or what happens between two blocks. */
  before?: () => Promise<unknown>;
  /** Exit code where it is not 0. */
  exit?: number;
  /** What the reader types where the block asks. */
  typed?: string[];
  after?: (ran: Ran) => unknown;
  /** It stays: started in a second terminal, ended with the page. */
  stays?: Pick<DaemonOptions, "name" | "ready">;
  /** Another way than the shell, or the API server's strict validation. */
  instead?: (text: string) => unknown;
  /** Another test runs it: a file that takes it from this page. */
  elsewhere?: string;
}

export interface Story {
  /** Known when the tests begin. */
  shell: () => Shell;
  cluster: () => { kubeconfigPath: string };
  /** Opens the shell, and brings about what the page begins with. */
  begin?: () => Promise<void>;
  /** Names of the page that cannot be real here, each with what takes its place. */
  replace?: () => Record<string, string>;
  /** By a text that one block has; `TITLE > TEXT` where blocks under two headings have it. */
  scenes?: Record<string, Scene>;
}

const WITHIN = 120_000;

/** Runs a page as its reader would: each block of commands and manifests in turn, a test for each. */
export function tellPage(page: Page, story: Story): void {
  const scenes = new Map(
    Object.entries(story.scenes ?? {}).map(([key, scene]) => {
      const [text = "", title] = key.split(" > ").reverse();
      return [blockWith(page, text, title), { ...scene, text }];
    }),
  );
  const blocks = page.blocks.filter((block) => blocksToRun(page).includes(block) || scenes.has(block));
  const started: Daemon[] = [];
  describe(`${page.path}, from top to bottom`, () => {
    beforeAll(() => story.begin?.(), WITHIN);
    afterAll(() => Promise.all(started.map((daemon) => daemon.stop())));

    test.each(blocks.map((block) => [block.line, block.title, block] as const))(
      "the block in line %d (%s) does what the page says",
      async (_, __, block) => {
        const scene = scenes.get(block) ?? { text: "" };
        if (scene.elsewhere !== undefined) return expectTaken(page, scene.text, scene.elsewhere);
        await scene.before?.();
        const text = replaced(block.text, story.replace?.() ?? {});
        if (scene.instead) return void (await scene.instead(text));
        if (scene.stays) return void started.push(await story.shell().start(text, scene.stays));
        const ran = await (block.language === "sh"
          ? typedIn(story.shell(), text, scene)
          : validated(story.cluster(), text));
        if (ran.code !== (scene.exit ?? 0))
          throw new Error(`${text}\nended with ${ran.code}:\n${ran.stdout}${ran.stderr}`);
        await scene.after?.(ran);
      },
      WITHIN,
    );

    test("each replacement is of something that the page says", () => {
      for (const text of Object.keys(story.replace?.() ?? {})) expect(page.text).toContain(text);
    });
  });
}

const replaced = (text: string, replacements: Record<string, string>): string =>
  Object.entries(replacements).reduce((result, [from, to]) => result.replaceAll(from, () => to), text);

const typedIn = (shell: Shell, text: string, { typed }: Scene): Promise<Ran> =>
  typed === undefined ? shell.run(text) : shell.runTyping(text, typed);

/** The API server takes every manifest of the block as it stands, and changes nothing. */
async function validated(cluster: { kubeconfigPath: string }, text: string): Promise<Ran> {
  expect(loadAll(text)).not.toEqual([]);
  return kubectl(cluster, ["apply", "--dry-run=server", "--validate=strict", "-f", "-"], text);
}

/** The other test reads this page, and asks it for this block. */
function expectTaken({ path }: Page, text: string, file: string): void {
  const source = readFileSync(join(ROOT, file), "utf8");
  expect(source).toContain(path);
  expect(source).toContain(JSON.stringify(text).slice(1, -1));
}
