import { expect, test } from "bun:test";
import { typed } from "./typed.ts";

const HELP = (await typed("--help")).stdout;
const verbs = [...HELP.matchAll(/^ {2}(\w+) /gm)]
  .map(([, verb]) => verb ?? "")
  .filter((verb) => verb !== "help");

test.each(["bash", "zsh", "fish"])("the script of %s knows every verb and its options", async (shell) => {
  const { code, stdout } = await typed(`completion ${shell}`);
  expect(code).toBe(0);
  expect(verbs.length).toBeGreaterThan(10);
  for (const verb of verbs) expect(stdout).toMatch(new RegExp(`\\b${verb}\\b`));
  for (const option of ["with-source", "all-namespaces", "credential-file"]) expect(stdout).toContain(option);
});

test.each(["bash", "zsh", "fish"])(
  "the script of %s knows the words after credential, and their options",
  async (shell) => {
    const { stdout } = await typed(`completion ${shell}`);
    expect(stdout).toContain("show rotate revoke test");
    expect(stdout).toContain("environment");
  },
);

test("another shell is refused with those that there are", async () => {
  const { code, stderr } = await typed("completion tcsh");
  expect(code).toBe(2);
  expect(stderr).toContain("bash, zsh, fish");
});
