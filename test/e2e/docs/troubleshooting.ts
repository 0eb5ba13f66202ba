import { expect } from "bun:test";
import { blockWith, readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

const PAGE = readPage("docs/troubleshooting.md");

/** Begins with an installed operator, its Pods, and the README's project shop; in the folder with its key. */
export function troubleshooting(place: () => Place): void {
  let shell: Shell;
  tellPage(PAGE, {
    cluster: () => place().cluster,
    shell: () => shell,
    scenes: {
      "kubectl get namespace ": {
        after: ({ stdout }) => expect(stdout).toContain('"projectgitops.dev/owner":"platform/shop"'),
      },
      "-n non-existent-namespace": {
        exit: 1,
        after: ({ stderr }) => expect(stderr).toBe(blockWith(PAGE, "failed to create secret").text),
      },
    },
    begin: async () => {
      shell = await place().terminal({ folder: place().checkout });
    },
  });
}
