import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const dockerfile = read("Dockerfile");

/** Paths that are taken from the context, without the slash at the end of a folder. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
  paths.split(" ").map(plain),
);

describe("the Dockerfile", () => {
  test("copies what .dockerignore lets in, and .dockerignore lets in nothing else", () => {
    const lines = read(".dockerignore")
      .split("\n")
      .filter((line) => line && !line.startsWith("#"));
    expect(lines[0]).toBe("*");
    const allowed = lines.slice(1).map((line) => plain(line.replace(/^!/, "")));
    expect(allowed.toSorted()).toEqual(copied.toSorted());
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test("installs what the lock file says, and what only builds or tests is left out", () => {
    expect(dockerfile).toMatch(/npm ci --omit=dev\b/);
  });

  test("knows no CA, no proxy and no registry of packages: they are the build base's", () => {
    expect(dockerfile).not.toMatch(/CA_CERTS|cafile|proxy|registry|npmjs/i);
  });
});

function plain(path: string): string {
  return path.replace(/\/$/, "");
}
