import { expect, test } from "bun:test";
import { join } from "node:path";
import { terminalSvg } from "../../../scripts/picture-svg.ts";

const TREE = join(import.meta.dir, "..", "..", "..", "docs", "pictures", "tree.svg");

test("each run of words is held to its place and colour, and what XML reserves is escaped", () => {
  const svg = terminalSvg("\u001b[2m└─ \u001b[0mname   \u001b[32m✓ Ready\u001b[0m  a<b\n", 'the "tree"');
  const texts = [...svg.matchAll(/<text x="([\d.]+)" [^>]*?(?:class="(\w+)")?>([^<]*)<\/text>/g)];
  expect(texts.map(([, , colour, text]) => [colour, text])).toEqual([
    ["c2", "└─"],
    [undefined, "name"],
    ["c32", "✓ Ready"],
    [undefined, "a&lt;b"],
  ]);
  const places = texts.map(([, x]) => Math.round((Number(x) - 16) / 8.43));
  expect(places).toEqual([0, 3, 10, 19]);
  expect(svg).toContain('aria-label="the &quot;tree&quot;"');
});

test("the picture in the README is small and shows environments, Flux's objects and revisions", async () => {
  const svg = await Bun.file(TREE).text();
  expect(svg.length).toBeLessThan(30 * 1024);
  for (const word of ["development", "Kustomization", "ConfigMap", "✓ Ready"]) expect(svg).toContain(word);
  expect(svg).toMatch(/main@[0-9a-f]{7}/);
});
