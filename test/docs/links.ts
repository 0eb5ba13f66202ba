import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { anchorOf } from "../../docs/.vitepress/anchor.ts";
import { ROOT, withoutBlocks } from "./page.ts";

/** Links of a page to files and headings of this repository that are not there. */
export function deadLinks(path: string): string[] {
  const text = withoutBlocks(readFileSync(join(ROOT, path), "utf8")).replaceAll(/`[^`\n]*`/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(([, a, b]) => a ?? b ?? "");
  return targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target));
}

/** Anchors of a page's headings; one that comes again gets a number. */
export function anchors(path: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(readFileSync(join(ROOT, path), "utf8")).matchAll(/^#+ (.*)$/gm)].map(
    ([, title = ""]) => {
      const anchor = anchorOf(title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    },
  );
}

function leadsSomewhere(page: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? page : normalize(join(dirname(page), file));
  if (!existsSync(join(ROOT, path))) return false;
  return anchor === undefined || (path.endsWith(".md") && anchors(path).includes(anchor));
}
