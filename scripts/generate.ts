/** Makes the files that come from src/api. With --check: fails when one is stale. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dump } from "js-yaml";
import { customResourceDefinition } from "../src/api/crd.ts";
import { GROUP, PLURAL } from "../src/api/names.ts";
import { referencePage } from "./reference.ts";

const ROOT = join(import.meta.dir, "..");
const FILES: Record<string, () => string> = {
  [`crds/${GROUP}_${PLURAL}.yaml`]: () =>
    `# Made from src/api by: npm run generate\n---\n${dump(customResourceDefinition(), { lineWidth: 110, noRefs: true })}`,
  "docs/reference.md": referencePage,
};

const check = process.argv.includes("--check");
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

if (check && stale.length > 0) {
  console.error(`error: ${stale.map(([path]) => path).join(", ")} is not what src/api says`);
  console.error("  next: npm run generate, and commit the result");
  process.exit(1);
}
if (stale.length === 0) console.log(`up to date: ${Object.keys(FILES).join(", ")}`);
