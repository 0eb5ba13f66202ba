import { expect, test } from "bun:test";
import { readPage } from "../../docs/page.ts";

const MEASURED = readPage("docs/measured.md").text;

/** The program's size as pages have it: whole MB. */
const SIZE = `${(Number(/x86-64: ([\d,]+) bytes/.exec(MEASURED)?.[1]?.replaceAll(",", "")) / 1e6).toFixed(0)} MB`;

/** Times with two digits, shares, memory and sizes: what is measured. Settings have no fractions. */
const FIGURES =
  /\b(?:\d+\.\d\d s|\d\.\d %|\d{2,3} MB|\d{2} ms|\d+\.\d\d(?= \|| to | times)|\d{1,3},\d{3},\d{3})/g;

/** The part of a page that is about the operator's own figures. */
const PARTS = [
  ["docs/operations.md", /## Figures\n.*?(?=\n## )/s],
  ["docs/why-polling-and-bun.md", /.*/s],
] as const;

test.each(PARTS)("every figure of %s is one of docs/measured.md", (path, part) => {
  const text = part.exec(readPage(path).text)?.[0] ?? "";
  // A decision's own measurement stands in the decision.
  const lines = text.split("\n").filter((line) => !line.includes("measured for decision"));
  const figures = lines.flatMap((line) => line.match(FIGURES) ?? []);
  expect(figures.length).toBeGreaterThan(3);
  expect(figures.filter((figure) => figure !== SIZE && !MEASURED.includes(figure))).toEqual([]);
});

test.each([
  "docs/quick-start.md",
  "docs/README.md",
  "docs/why-polling-and-bun.md",
  "docs/decisions/009-one-compiled-file.md",
])("%s has the program's size as docs/measured.md has it, in whole MB", (path) => {
  expect(readPage(path).text).toContain(` ${SIZE}`);
});
