import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CATALOGUE } from "../../../src/cli/diagnose/catalogue.ts";

const TEST = join(import.meta.dir, "../..");
const tests = ["api/diagnose", "e2e"]
  .flatMap((folder) => readdirSync(join(TEST, folder)).map((name) => join(TEST, folder, name)))
  .filter((path) => path.endsWith(".test.ts"))
  .map((path) => readFileSync(path, "utf8"))
  .join("\n");

const titled = (id: string, word: "found" | "absent"): boolean => tests.includes(`"${id}: ${word} `);

test("every finding has a test on the real stack that breaks just that, and one with its look-alike", () => {
  const missing = CATALOGUE.flatMap(({ id }) =>
    (["found", "absent"] as const).filter((word) => !titled(id, word)).map((word) => `${id}: ${word} …`),
  );
  expect(missing).toEqual([]);
});

test("no two findings share an id, and each symptom that one explains is a finding too", () => {
  const ids = CATALOGUE.map(({ id }) => id);
  expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
  const unknown = CATALOGUE.flatMap(({ explains = [] }) => explains).filter((id) => !ids.includes(id));
  expect(unknown).toEqual([]);
});
