import { expect, test } from "bun:test";
import { TableWriter, table } from "../../../src/cli/table.ts";

const ROWS = [
  ["shop", "COMPLETED", ""],
  ["long-name", "FAILED", "first line\n  second line of a message"],
];

test("columns line up, a message stays on one line, and no line ends in blanks", () => {
  expect(table(["NAME", "PHASE", "MESSAGE"], ROWS)).toBe(
    "NAME       PHASE      MESSAGE\n" +
      "shop       COMPLETED\n" +
      "long-name  FAILED     first line second line of a message\n",
  );
});

test("on a terminal no line is wider than it, and a cut line says so", () => {
  const lines = table(["NAME", "PHASE", "MESSAGE"], ROWS, 30).trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBe(30);
  expect(lines[2]).toEndWith("…");
});

test("rows that come later stand under the columns of those before, and may widen them", () => {
  const writer = new TableWriter();
  expect(
    writer.write([
      ["NAME", "PHASE"],
      ["shop-in-europe", "FAILED"],
    ]),
  ).toBe("NAME            PHASE\nshop-in-europe  FAILED\n");
  expect(writer.write([["pay", "FAILED"]])).toBe("pay             FAILED\n");
});
