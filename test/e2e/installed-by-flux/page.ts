import { join } from "node:path";
import { loadAll } from "js-yaml";

const PAGE = join(import.meta.dir, "..", "..", "..", "docs", "install-flux.md");

/** A ```yaml block of docs/install-flux.md, as a person copies it. */
export interface Block {
  text: string;
  objects: Record<string, unknown>[];
}

/**
 * The one block of docs/install-flux.md that has this text in it.
 * @throws Error when the page has none, or more than one: page and tests have to say the same.
 */
export async function blockWith(text: string): Promise<Block> {
  const page = await Bun.file(PAGE).text();
  const found = [...page.matchAll(/```yaml\n(.*?)```/gs)]
    .map(([, block = ""]) => block)
    .filter((block) => block.includes(text));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error(`docs/install-flux.md has ${found.length} yaml blocks with "${text}", not one`);
  return { text: only, objects: loadAll(only) as Block["objects"] };
}

/** The text with each of these replaced. @throws Error for one that is not in it exactly once. */
export function replaced(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (result.split(from).length !== 2) throw new Error(`"${from}" is not once in docs/install-flux.md`);
    return result.replace(from, () => to);
  }, text);
}
