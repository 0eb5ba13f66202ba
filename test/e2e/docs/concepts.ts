import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

/** Begins with the README's project shop. */
export function concepts(place: () => Place): void {
  let shell: Shell;
  tellPage(readPage("docs/concepts.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
    },
  });
}
