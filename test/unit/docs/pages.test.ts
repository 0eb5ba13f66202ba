import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deadLinks } from "../../docs/links.ts";
import { blocksToRun, type Page, pages, ROOT, readPage } from "../../docs/page.ts";

const PAGES = pages();
const LABELS = ["sh", "yaml", "ts", "console", "text", "mermaid"];
const TRANSLATED = "README.zh-CN.md";

describe("the blocks of the pages", () => {
  test.each(PAGES.map((page) => [page.path, page] as const))(
    "%s says of each what it is",
    (_, { blocks }) => {
      expect(blocks.filter(({ language }) => !LABELS.includes(language)).map(({ line }) => line)).toEqual([]);
    },
  );

  test.each(
    PAGES.filter((page) => page.path !== TRANSLATED && blocksToRun(page).length > 0).map(({ path }) => path),
  )("a test runs every command, manifest and program of %s", (path) => {
    const runners = TESTS.filter(({ text }) => text.includes(`readPage("${path}")`) && RUNS_ALL.test(text));
    expect(runners.map(({ file }) => file)).toHaveLength(1);
  });

  test("those that run nowhere are named in docs/unshown.md, with the reason", () => {
    const excuses = readFileSync(join(ROOT, "docs", "unshown.md"), "utf8");
    const rows = PAGES.filter(({ path }) => path !== TRANSLATED).flatMap(({ path, blocks }) =>
      blocks.flatMap(({ text, notRun }) =>
        notRun === undefined ? [] : [`| ${path} | \`${text.split("\n")[0]}\` | ${notRun} |`],
      ),
    );
    expect(rows.filter((row) => !excuses.includes(row))).toEqual([]);
    expect(excuses.match(/^\| (\S+\.md) \| `/gm)).toHaveLength(rows.length);
  });
});

test("README.zh-CN.md has the blocks of README.md", () => {
  expect(blocksOf(readPage(TRANSLATED))).toEqual(blocksOf(readPage("README.md")));
});

test.each(
  ["*.md", ".github/**/*.md", "docs/**/*.md", "test/**/*.md", "deploy/**/*.md"]
    .flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT, dot: true })])
    .filter((path) => !path.includes("node_modules"))
    .sort(),
)("every link of %s leads somewhere", (path) => {
  expect(deadLinks(path)).toEqual([]);
});

/** By `tellPage`, which takes all blocks; by `leftOut` of what it ran itself. */
const RUNS_ALL = /tellPage\(|leftOut\(/;
const TESTS = [...new Bun.Glob("test/{api,e2e}/**/*.ts").scanSync({ cwd: ROOT })].map((file) => ({
  file,
  text: readFileSync(join(ROOT, file), "utf8"),
}));

/** Comments and the words of a diagram are translated. */
const blocksOf = ({ blocks }: Page) =>
  blocks.map(({ language, text, notRun }) => ({
    language,
    notRun,
    text: language === "mermaid" ? text.match(/\w+ --> \w+/g) : text.replaceAll(/# .*$/gm, "#"),
  }));
