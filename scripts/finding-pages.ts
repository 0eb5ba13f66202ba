import { CATALOGUE } from "../src/cli/diagnose/catalogue.ts";
import { AREAS, type FindingKind } from "../src/cli/diagnose/finding-kind.ts";

const MADE = "<!-- Made from src/cli/diagnose/catalogue by: npm run generate -->";

/** docs/findings: a page for each finding of `diagnose`, and their index. */
export function findingPages(): Record<string, () => string> {
  const pages = CATALOGUE.map((kind) => [`docs/findings/${kind.id}.md`, () => page(kind)] as const);
  return { "docs/findings/README.md": index, ...Object.fromEntries(pages) };
}

const page = ({ id, area, severity, title, means, shows, fix, lookAlike, explains }: FindingKind): string =>
  [
    `# ${id}`,
    "",
    MADE,
    "",
    `**${title}** (${severity}; ${area})`,
    "",
    means,
    "",
    "## How it is seen",
    "",
    shows,
    "",
    "## What to do",
    "",
    fix,
    "",
    "## What looks like it",
    "",
    lookAlike,
    "",
    ...(explains?.length
      ? [
          `Its symptoms are not told beside it: ${explains.map((other) => `[${other}](${other}.md)`).join(", ")}.`,
          "",
        ]
      : []),
  ].join("\n");

function index(): string {
  const areas = AREAS.flatMap((area) => [
    `## ${area}`,
    "",
    "| finding | severity | |",
    "|---|---|---|",
    ...CATALOGUE.filter((kind) => kind.area === area).map(
      ({ id, severity, title }) => `| [${id}](${id}.md) | ${severity} | ${title} |`,
    ),
    "",
  ]);
  return [
    "# What `projectgitops diagnose` finds",
    "",
    MADE,
    "",
    "On the way from the cluster to what runs. An error makes `diagnose` exit with 1.",
    "",
    ...areas,
  ].join("\n");
}
