import { beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { program, run, scratchFolder } from "../cluster/index.ts";
import { blockWith, leftOut, ROOT, readPage } from "../docs/page.ts";

const PAGE = readPage("docs/editors.md");
const MANIFEST = blockWith(PAGE, "yaml-language-server");
const COMMAND = blockWith(PAGE, "kubeconform");

/** A repository as the page has it: the schema, and beside it the folder of the projects. */
let folder: string;

beforeAll(() => {
  folder = scratchFolder("repository");
  const [, schema = ""] = /\$schema=\.\/(\S+)/.exec(MANIFEST.text) ?? [];
  copyFileSync(join(ROOT, "docs", "schema", schema), join(folder, schema));
  mkdirSync(join(folder, "projects"));
});

describe("docs/editors.md", () => {
  test("its manifest passes its command", async () => {
    expect(await kubeconform(MANIFEST.text)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Valid: 1, Invalid: 0, Errors: 0, Skipped: 0"),
    });
  });

  test("a field with a typing error is refused with its place", async () => {
    const { code, stdout } = await kubeconform(MANIFEST.text.replace("environments:", "enviroments:"));
    expect(code).toBe(1);
    expect(stdout).toContain("at '/spec': additional properties 'enviroments' not allowed");
  });

  test("every block of the page runs here", () => {
    expect(leftOut(PAGE, [MANIFEST, COMMAND])).toEqual([]);
  });
});

async function kubeconform(manifest: string): Promise<{ code: number; stdout: string }> {
  writeFileSync(join(folder, "projects", "shop.yaml"), manifest);
  const PATH = `${dirname(await program("kubeconform"))}:${process.env["PATH"]}`;
  return run(["sh", "-ec", COMMAND.text], { cwd: folder, env: { PATH } });
}
