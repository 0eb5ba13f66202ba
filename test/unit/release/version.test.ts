import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../../package.json";
import { refusals, releaseNotes, versionPlaces } from "../../../scripts/release/version.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const NOTES = `# Changelog\n\n## [Unreleased]\n\n## [${version}] - 2026-11-22\n### Added\n- All of it.\n\n## [0.0.1] - 2025-01-01\n- Less.\n`;
/** This repository, with the changelog of a release and what else is given. */
const files =
  (changes: Record<string, (text: string) => string> = {}) =>
  (path: string): string => {
    const text = path === "CHANGELOG.md" ? NOTES : read(path);
    return changes[path]?.(text) ?? text;
  };
const TAG = `v${version}`;

test("all files of this repository say the same version", () => {
  expect(new Set(versionPlaces(read).map(({ says }) => says))).toEqual(new Set([version]));
});

test("a tag of that version may be released when the changelog has its section", () => {
  expect(refusals(TAG, files())).toEqual([]);
});

describe("a tag is refused, with the place", () => {
  const other = (text: string) => text.replaceAll(version, "9.9.9");
  const FILES: [path: string, places: string[]][] = [
    ["package.json", ["package.json, version"]],
    ["deploy/chart/Chart.yaml", ["deploy/chart/Chart.yaml, version", "deploy/chart/Chart.yaml, appVersion"]],
    ["deploy/deployment.yaml", ["deploy/deployment.yaml, tag of the image"]],
    ["src/cli/manifests.ts", ["src/cli/manifests.ts, PLACEHOLDER_IMAGE"]],
  ];
  test.each(FILES)("when %s says another version", (path, places) => {
    const expected = places.map((place) => `${place}: 9.9.9, not ${version}`);
    expect(refusals(TAG, files({ [path]: other }))).toEqual(expected);
  });

  test("when the lock file says another version", () => {
    const older = (text: string) =>
      text.replaceAll(`"name": "projectgitops",\n  "version": "${version}"`, '"version": "9.9.9"');
    expect(refusals(TAG, files({ "package-lock.json": older }))).toEqual([
      `package-lock.json, version: 9.9.9, not ${version}`,
    ]);
  });

  test("when the changelog has no section of it, or an empty one, or one without a date", () => {
    const missing = [`CHANGELOG.md: no section "## [${version}] - YYYY-MM-DD" with a line in it`];
    for (const changelog of [
      "# Changelog\n\n## [Unreleased]\n- All of it.\n",
      `# Changelog\n\n## [${version}] - 2026-11-22\n\n## [0.0.1] - 2025-01-01\n- Less.\n`,
      `# Changelog\n\n## [${version}]\n- All of it.\n`,
    ])
      expect(refusals(TAG, files({ "CHANGELOG.md": () => changelog }))).toEqual(missing);
  });

  test("when it is another version's", () => {
    expect(refusals("v7.0.0", files())).toHaveLength(versionPlaces(read).length + 1);
  });

  test.each(["", "main", "0.1.0", "v0.1", "v0.1.0 "])("when it is no version: %p", (tag) => {
    expect(refusals(tag, files())).toEqual([
      `${tag} is no tag of a release: it has to be like v1.2.3 or v1.2.3-rc.1`,
    ]);
  });
});

test("the notes of a release are the changelog's section, without the others", () => {
  expect(releaseNotes(version, NOTES)).toBe("### Added\n- All of it.");
});
