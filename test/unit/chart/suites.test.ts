import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

const CHART = join(import.meta.dir, "..", "..", "..", "deploy", "chart");
const suites = readdirSync(join(CHART, "tests"))
  .filter((name) => name.endsWith("_test.yaml"))
  .map((name) => load(readFileSync(join(CHART, "tests", name), "utf8")) as { templates: string[] });

/** That a suite fails when its template changes was tried line by line: CONTRIBUTING.md says how. */
test.each(readdirSync(join(CHART, "templates")).filter((name) => !name.startsWith("_")))(
  "a suite of helm-unittest holds templates/%s",
  (name) => expect(suites.flatMap(({ templates }) => templates)).toContain(`templates/${name}`),
);
