import { expect, test } from "bun:test";
import { readPage } from "../../docs/page.ts";
import { typed } from "../cli/typed.ts";

test.each(["README.md", "README.zh-CN.md"])(
  "the table of %s names just the verbs that the help names",
  async (path) => {
    const documented = [...readPage(path).text.matchAll(/^\| `([a-z-]+)[^`]*` \|/gm)].map(([, verb]) => verb);
    const help = (await typed("--help")).stdout;
    const offered = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+) /gm)].map(
      ([, verb]) => verb,
    );
    expect(documented).toEqual(offered.filter((verb) => verb !== "help"));
  },
);
