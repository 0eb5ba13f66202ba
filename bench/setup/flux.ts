import type { BunK8sClient } from "../../src/kube/index.ts";
import { isFlux, plannedIds } from "../../src/plan/index.ts";
import { PROJECTS, refOf, resourceOf } from "../../src/reconcile/index.ts";
import type { Fleet } from "./projects.ts";

const REVISION = "main@sha1:0123456789012345678901234567890123456789";

/** Writes Ready=True into the status of every Flux object, in Flux's place: what is measured is the operator. */
export async function markReady(admin: BunK8sClient, { namespace }: Fleet): Promise<void> {
  const { items } = await admin.list(PROJECTS, { namespace });
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, "");
  const condition = {
    type: "Ready",
    status: "True",
    reason: "Succeeded",
    message: `stored artifact for revision '${REVISION}'`,
    lastTransitionTime,
    observedGeneration: 1,
  };
  const artifact = {
    revision: REVISION,
    digest: `sha256:${"0".repeat(64)}`,
    lastUpdateTime: lastTransitionTime,
    path: "x",
    url: "http://x/x",
  };
  await Promise.all(
    items.flatMap(({ spec }) =>
      plannedIds(spec)
        .filter(({ kind }) => isFlux(kind))
        .map((id) => {
          const more = id.kind === "GitRepository" ? { artifact } : { lastAppliedRevision: REVISION };
          const status = { observedGeneration: 1, conditions: [condition], ...more };
          return admin.patch(
            resourceOf(id.kind),
            refOf(id),
            { status },
            { type: "merge", subresource: "status" },
          );
        }),
    ),
  );
}
