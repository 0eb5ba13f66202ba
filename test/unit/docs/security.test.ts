import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { rightsOf, rightText } from "../../../src/cli/diagnose/installation/rights.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const PAGE = read("docs/security.md");

/** The rows of every table between two headings, cell by cell, without its first two lines. */
function rowsBetween(from: string, to: string): string[][] {
  const part = PAGE.slice(PAGE.indexOf(`\n${from}`), PAGE.indexOf(`\n${to}`));
  const tables = part.match(/(^\|.*\n)+/gm) ?? [];
  return tables.flatMap((table) =>
    table
      .trimEnd()
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split("|")
          .map((cell) => cell.trim()),
      ),
  );
}

test("the table of the operator's rights has just those of deploy/", () => {
  const told = rowsBetween("## What the operator may do", "## Limits").flatMap(([verbs = "", objects = ""]) =>
    verbs
      .split(", ")
      .flatMap((verb) => objects.split(", ").map((object) => `${verb} ${object.replaceAll("`", "")}`)),
  );
  const granted = ["deploy/cluster-role.yaml", "deploy/leader-election.yaml"].flatMap((path) =>
    (loadAll(read(path)) as ClusterRole[]).flatMap(({ rules, metadata }) =>
      rightsOf(rules ?? [], metadata?.namespace).map(rightText),
    ),
  );
  expect(told.toSorted()).toEqual(granted.toSorted());
});

describe("each row of the threat tables", () => {
  const rows = rowsBetween("## Threats", "## What is not there yet");

  test("says who tries what, and what stops it", () => {
    expect(rows.length).toBeGreaterThan(45);
    for (const row of rows) {
      expect(row).toHaveLength(4);
      expect(row.slice(0, 3).filter((cell) => cell === "")).toEqual([]);
    }
  });

  test.each(rows.map((row) => [row.slice(0, 2).join(": "), row[3] ?? ""]))(
    "names a test that is there: %s",
    (_, shown) => {
      const named = [...shown.matchAll(/`(test\/[^`]+\.ts)`((?:, (?:describe )?"[^"]+")*)/g)];
      expect(named.length, shown).toBeGreaterThan(0);
      for (const [, path = "", titles = ""] of named) {
        expect(existsSync(join(ROOT, path)), path).toBe(true);
        for (const [, title = ""] of titles.matchAll(/"([^"]+)"/g))
          expect({ title, isIn: read(path).includes(title.replace(/ …$/, "")) }).toEqual({
            title,
            isIn: true,
          });
      }
    },
  );
});
