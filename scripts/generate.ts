/** Makes the files that come from src: the CRD, pages of docs/, and what the chart carries. With --check: fails when one is stale. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import { customResourceDefinition } from "../src/api/crd.ts";
import { GROUP, PLURAL } from "../src/api/names.ts";
import { chartFiles } from "./chart/files.ts";
import { editorSchemas } from "./editor-schema.ts";
import { findingPages } from "./finding-pages.ts";
import { referencePage } from "./reference.ts";
import { verbPages } from "./verb-pages.ts";

const ROOT = join(import.meta.dir, "..");
const crd = () =>
  `# Made from src/api by: npm run generate\n---\n${dump(customResourceDefinition(), { lineWidth: 110, noRefs: true })}`;
const FILES: Record<string, () => string> = {
  [`crds/${GROUP}_${PLURAL}.yaml`]: crd,
  ...chartFiles(crd),
  "docs/reference.md": referencePage,
  ...editorSchemas(),
  ...findingPages(),
  ...verbPages(),
};
/** Folders that hold nothing else: a page whose subject is gone goes too. */
const FOLDERS = ["docs/findings", "docs/cli", "docs/schema"];

const check = process.argv.includes("--check");
const left = FOLDERS.flatMap((folder) =>
  existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`) : [],
).filter((path) => FILES[path] === undefined);
const stale = Object.entries(FILES).filter(([path, make]) => {
  const file = join(ROOT, path);
  const wanted = make();
  if (existsSync(file) && readFileSync(file, "utf8") === wanted) return false;
  if (!check) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, wanted);
    console.log(`written: ${path}`);
  }
  return true;
});

if (!check) for (const path of left) rmSync(join(ROOT, path));
if (check && stale.length + left.length > 0) {
  const paths = [...stale.map(([path]) => path), ...left];
  console.error(`error: ${paths.join(", ")}: not what src says`);
  console.error("  next: npm run generate, and commit the result");
  process.exit(1);
}
if (stale.length === 0) console.log(`up to date: ${Object.keys(FILES).length} files`);
