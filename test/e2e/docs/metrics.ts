import { expect } from "bun:test";
import { applyCrds, monitoringCrds } from "../../cluster/index.ts";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

/** Begins with an installed operator, its Pods, and the README's project shop. */
export function metrics(place: () => Place): void {
  let shell: Shell;
  tellPage(readPage("docs/metrics.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    replace: () => ({ "NAME -n NAMESPACE": "shop -n platform" }),
    begin: async () => {
      shell = await place().terminal({ folder: place().checkout });
    },
    scenes: {
      // The CRDs of the Prometheus operator, which the page presupposes.
      "deploy/monitoring": { before: async () => applyCrds(place().cluster, await monitoringCrds()) },
      "kubectl logs": { after: ({ stdout }) => expect(stdout).toContain('"msg":"leading"') },
    },
  });
}
