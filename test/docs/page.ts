import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "..", "..");

/** What stands between two fences. */
export interface Block {
  /** sh, yaml, ts, console, text, mermaid; empty where the fence says nothing. */
  language: string;
  /** Without the fence's indentation. */
  text: string;
  /** The heading above it, without its #. */
  title: string;
  /** Of the opening fence, from 1. */
  line: number;
  /** REASON of `<!-- not run here: REASON -->` in the line above the fence. */
  notRun: string | undefined;
}

export interface Page {
  /** From the repository's root: docs/k3s.md */
  path: string;
  text: string;
  blocks: Block[];
}

/** Languages of what a reader copies; the others show what comes out of it. */
export const RUNNABLE = ["sh", "yaml", "ts"];

/** Pages that people write; docs/cli and docs/findings are generated and have tests of their own. */
export const pages = (): Page[] => [
  ...["README.md", "README.zh-CN.md", "CONTRIBUTING.md"].map(readPage),
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => readPage(`docs/${name}`)),
];

/** @param path from the repository's root */
export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  const blocks = [...text.matchAll(FENCED)].map(({ groups, index }) => blockOf(text, index, groups ?? {}));
  return { path, text, blocks };
}

/** The blocks that a test of the page has to run. */
export const blocksToRun = ({ blocks }: Page): Block[] =>
  blocks.filter(({ language, notRun }) => RUNNABLE.includes(language) && notRun === undefined);

/** Blocks of the page that a test which runs them itself has not taken; what they begin with. */
export const leftOut = (page: Page, taken: readonly Block[]): string[] =>
  blocksToRun(page)
    .filter(({ line }) => !taken.some((block) => block.line === line))
    .map(({ line, text }) => `line ${line}: ${text.split("\n")[0]}`);

/**
 * The one block that has this text in it, under this heading where one is given.
 * @throws Error when the page has none, or more than one: page and test have to say the same
 */
export function blockWith({ path, blocks }: Page, text: string, title?: string): Block {
  const [only, ...others] = blocks.filter(
    (block) => block.text.includes(text) && (title === undefined || block.title === title),
  );
  if (only === undefined || others.length > 0)
    throw new Error(`${path} has ${only ? others.length + 1 : 0} blocks with "${text}", not one`);
  return only;
}

/** The text with each of these replaced. @throws Error for one that is not in it exactly once */
export function replacedOnce(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (result.split(from).length !== 2) throw new Error(`"${from}" is not once in ${text}`);
    return result.replace(from, () => to);
  }, text);
}

const FENCED =
  /^(?:(?: *)<!-- not run here: (?<notRun>.*?) -->\n)?(?<indent> *)```(?<language>\S*)\n(?<text>.*?)^\k<indent>```$/gms;

function blockOf(page: string, index: number, groups: Record<string, string | undefined>): Block {
  const { notRun, indent = "", language = "", text = "" } = groups;
  const before = page.slice(0, index);
  const title =
    withoutBlocks(before)
      .match(/^#+ .*$/gm)
      ?.at(-1) ?? "";
  return {
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    title: title.replace(/^#+ /, ""),
    line: before.split("\n").length + (notRun === undefined ? 0 : 1),
    notRun,
  };
}

/** A page's prose: a comment of a shell is no heading. */
export const withoutBlocks = (text: string): string => text.replaceAll(FENCED, "");
