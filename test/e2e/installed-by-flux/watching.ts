import type { ObjectMeta } from "kubernetes-types/meta/v1";
import type { Condition } from "../../../src/api/schema.ts";
import { CONFIG_MAPS, CUSTOM_RESOURCE_DEFINITIONS, NAMESPACES } from "../../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { type Bare, CRD } from "./bare.ts";
import { isReady, PLATFORM, projects } from "./fleet.ts";

/** What one of the page's Kustomizations says of itself. */
export interface Said {
  ready: string | undefined;
  reason: string | undefined;
  message: string;
  /** What is under way. */
  doing: string;
  /** Revision that is applied and was found healthy. */
  applied: string | undefined;
}

export async function kustomization(bare: Bare, namespace: string, name: string): Promise<Said> {
  const { status } = (await bare.admin.get(resourceOf("Kustomization"), { namespace, name })) as {
    status?: { lastAppliedRevision?: string; conditions?: Condition[] };
  };
  const conditionOf = (type: string) => status?.conditions?.find((one) => one.type === type);
  const ready = conditionOf("Ready");
  return {
    ready: ready?.status,
    reason: ready?.reason,
    message: ready?.message ?? "",
    doing: conditionOf("Reconciling")?.message ?? "",
    applied: status?.lastAppliedRevision,
  };
}

/** Does what `flux reconcile source git` does: has a GitRepository fetched now. */
export async function fetchNow(bare: Bare, namespace: string, name: string): Promise<void> {
  const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
  const change = { metadata: { annotations } };
  await bare.admin.patch(resourceOf("GitRepository"), { namespace, name }, change, { type: "merge" });
}

/** Waits until the Kustomization is Ready with this commit applied. */
export function untilApplied(bare: Bare, namespace: string, name: string, commit: string): Promise<Said> {
  return eventually(
    async () => {
      const said = await kustomization(bare, namespace, name);
      if (said.ready === "True" && said.applied?.endsWith(commit)) return said;
      throw new Error(Bun.inspect(said));
    },
    { description: `Kustomization ${name} is Ready at ${commit}`, deadlineMs: 60_000 },
  );
}

/**
 * Waits until the Kustomization over the projects is Ready at this commit, and resolves to the milliseconds
 * from the last project's Ready to the Kustomization's.
 * @throws Error when a project is not Ready then.
 */
export async function readyAfterProjects(bare: Bare, commit: string): Promise<number> {
  let since: number | undefined;
  const { all } = await eventually(
    async () => {
      // The Kustomization first: what the projects say is never older than what it says.
      const said = await kustomization(bare, PLATFORM, "projects");
      const all = (await projects(bare)).every(isReady);
      since = all ? (since ?? performance.now()) : undefined;
      return said.ready === "True" && said.applied?.endsWith(commit) && { all };
    },
    { description: `the Kustomization over the projects is Ready at ${commit}`, deadlineMs: 60_000 },
  );
  if (!all) throw new Error("the Kustomization over the projects is Ready before they are");
  return performance.now() - (since ?? Number.NaN);
}

/** The CRD, and every project, environment and workload, by uid: what was deleted and made again has another one. */
export async function uids(bare: Bare): Promise<Record<string, string>> {
  const lists = await Promise.all([
    bare.admin.list(CUSTOM_RESOURCE_DEFINITIONS, { fieldSelector: `metadata.name=${CRD.name}` }),
    bare.admin.list(PROJECTS),
    bare.admin.list(NAMESPACES, { labelSelector: "projectgitops.dev/project" }),
    bare.admin.list(resourceOf("GitRepository"), { labelSelector: "projectgitops.dev/project" }),
    bare.admin.list(resourceOf("Kustomization"), { labelSelector: "projectgitops.dev/project" }),
    bare.admin.list(CONFIG_MAPS, { fieldSelector: "metadata.name=app" }),
  ]);
  const objects = lists.flatMap(({ items }) => items as { kind?: string; metadata?: ObjectMeta }[]);
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [
      `${kind} ${metadata?.namespace ?? ""}/${metadata?.name}`,
      metadata?.deletionTimestamp ? "being deleted" : (metadata?.uid ?? ""),
    ]),
  );
}
