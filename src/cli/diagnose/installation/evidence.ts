import { ANNOTATIONS } from "../../../api/names.ts";
import type { ManagedKind } from "../../../plan/index.ts";
import { asLive, PROJECTS, resourceOf } from "../../../reconcile/resources.ts";
import type { Look } from "../look.ts";
import type { FluxCondition } from "../reads/flux-objects.ts";
import { requestedSince, type Written, writtenAt } from "../reads/written.ts";
import { isOverdue, unansweredOf } from "./unanswered.ts";

/** So many objects tell whether somebody works on them; a cluster may have thousands. */
const SAMPLE = 20;
/** Flux hurries less than the operator: so long without an answer, and it does not move. */
const FLUX_OVERDUE_MS = 120_000;

/**
 * Somebody works: some object has an answer to what it is now, and none has waited for one too long. Told where
 * nothing in the cluster says that a controller is installed: it may run outside.
 */
export async function operatorWorks(look: Look): Promise<boolean> {
  const projects = (await look.list(PROJECTS, { limit: SAMPLE })) ?? [];
  const open = projects.map(unansweredOf);
  return open.includes(undefined) && !open.some((one) => one !== undefined && isOverdue(one, look.now));
}

/** The same of Flux, by the objects that one of its controllers works on. */
export async function fluxWorks(look: Look, kind: ManagedKind): Promise<boolean> {
  const objects = ((await look.list(resourceOf(kind), { limit: SAMPLE })) ?? []).map(
    (object) => asLive(object) as unknown as FluxWork,
  );
  const working = objects.filter(({ spec }) => spec?.suspend !== true);
  const open = working.map(unobservedOf);
  return open.includes(undefined) && !open.some((one) => one !== undefined && isStale(one, look.now));
}

/** What is read of a GitRepository, a Kustomization or a HelmRelease. */
export interface FluxWork extends Written {
  readonly metadata: Written["metadata"] & {
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastHandledReconcileAt?: string;
    readonly conditions?: readonly FluxCondition[];
  };
}

/** What Flux owes an object. */
export interface Unobserved {
  readonly text: string;
  readonly since: string | undefined;
}

/**
 * Undefined where Flux has taken this spec and this request up. A try that fails leaves status.observedGeneration
 * behind, but not that of its conditions. Pure.
 */
export function unobservedOf(object: FluxWork): Unobserved | undefined {
  const { metadata, status } = object;
  const { generation = 1, annotations } = metadata;
  const conditions = status?.conditions ?? [];
  const seen = Math.max(
    status?.observedGeneration ?? -1,
    ...conditions.map(({ observedGeneration = -1 }) => observedGeneration),
  );
  if (seen < generation) {
    const text = `generation ${generation}, Flux has seen ${seen < 0 ? "none" : seen}`;
    return { text, since: writtenAt(object) };
  }
  const requestedAt = annotations?.[ANNOTATIONS.requestedAt];
  if (!requestedAt || status?.lastHandledReconcileAt === requestedAt) return undefined;
  const since = requestedSince(requestedAt, object);
  // It tells that it has handled a request at the end, and that it has begun before.
  const begun = conditions.find(({ type, status: holds }) => type === "Reconciling" && holds === "True");
  if (begun && Date.parse(begun.lastTransitionTime ?? "") >= Date.parse(since ?? "")) return undefined;
  const handled = status?.lastHandledReconcileAt ?? "none";
  return { text: `asked for a look at ${requestedAt}, last handled ${handled}`, since };
}

export const isStale = ({ since }: Unobserved, now: number): boolean =>
  since !== undefined && now - Date.parse(since) > FLUX_OVERDUE_MS;
