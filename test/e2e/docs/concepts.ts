import { expect } from "bun:test";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { condition } from "../../api/support/scope.ts";
import { eventually } from "../../cluster/index.ts";
import { blockWith, readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

const PAGE = readPage("docs/concepts.md");
const SHOP = { namespace: "platform", name: "shop" };

/** Begins with an operator that runs and the README's project shop; ends with that on its way out. */
export function concepts(place: () => Place): void {
  let shell: Shell;
  const says = async () => condition(await place().admin.get(PROJECTS, SHOP), "Ready")?.message ?? "";
  const isThere = async () =>
    (await shell.run("kubectl get namespace project-shop-production")).stdout.includes(" Active ");

  tellPage(PAGE, {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
    },
    scenes: {
      "confirm-delete": {
        before: async () => {
          const protect = '[{"op":"add","path":"/spec/environments/2/protected","value":true}]';
          await shell.must(`kubectl patch pgops shop -n platform --type=json -p '${protect}'`);
          await shell.must("kubectl delete pgops shop -n platform --wait=false");
          await eventually(
            async () => (await says()).includes(blockWith(PAGE, "confirm-delete").text.trim()),
            {
              description: "Ready says how to confirm",
              deadlineMs: 60_000,
            },
          );
          expect(await isThere()).toBe(true);
        },
        after: () =>
          eventually(async () => !(await isThere()), {
            description: "production is on its way out",
            deadlineMs: 60_000,
          }),
      },
    },
  });
}
