/**
 * Whether this commit may be released: `scripts/release/check.ts TAG [--notes FILE]`. Exit 1, with every place that
 * says another version, when it may not. With --notes the changelog's section is written to that file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatError } from "../../src/cli/errors.ts";
import { refusals, releaseNotes } from "./version.ts";

const ROOT = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const { values, positionals } = parseArgs({ options: { notes: { type: "string" } }, allowPositionals: true });
const [tag = ""] = positionals;
const details = refusals(tag, read);
if (details.length > 0) {
  const next = "mend these places, commit, and set the tag on that commit";
  process.stderr.write(formatError({ message: `${tag || "no tag"} cannot be released`, details, next }));
  process.exit(1);
}
const notes = releaseNotes(tag.slice(1), read("CHANGELOG.md")) ?? "";
if (values.notes !== undefined) writeFileSync(values.notes, `${notes}\n`);
process.stdout.write(`${tag} may be released\n`);
