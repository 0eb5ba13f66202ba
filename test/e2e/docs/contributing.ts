import { expect } from "bun:test";
import { join } from "node:path";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

/** In a copy of the repository; nothing of the cluster is needed. */
export function contributing(place: () => Place): void {
  let shell: Shell;
  tellPage(readPage("CONTRIBUTING.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal({ folder: place().checkout });
    },
    scenes: {
      "npm run test:api --": {
        after: ({ stdout }) => expect(stdout.match(/^\d+ passed, 0 failed$/gm)).toHaveLength(2),
      },
      "UPDATE_GOLDEN=1": {
        after: () =>
          shell.must(`diff -r test/unit/plan '${join(import.meta.dir, "..", "..", "unit", "plan")}'`),
      },
    },
  });
}
