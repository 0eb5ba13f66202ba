import { helpTexts } from "../src/cli/program.ts";

const MADE = "<!-- Made from the program's own help by: npm run generate -->";

/** docs/cli: a page for each verb with the text of its --help, and their index. */
export function verbPages(): Record<string, () => string> {
  const verbs = helpTexts();
  const pages = verbs.map(({ name, help }) => [`docs/cli/${name}.md`, () => page(name, help)] as const);
  const rows = verbs.map(({ name, description }) => `| [${name}](${name}.md) | ${description} |`);
  const index = [
    "# The command line",
    "",
    MADE,
    "",
    "`projectgitops VERB`, or `kubectl projectgitops VERB`. Exit code: 0 yes, 1 the answer is no, 2 could not ask, 130 after Ctrl-C.",
    "",
    "| verb | |",
    "|---|---|",
    ...rows,
    "",
  ].join("\n");
  return { "docs/cli/README.md": () => index, ...Object.fromEntries(pages) };
}

const page = (name: string, help: string): string =>
  [`# projectgitops ${name}`, "", MADE, "", "```text", help.trimEnd(), "```", ""].join("\n");
