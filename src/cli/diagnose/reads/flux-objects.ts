import type { Environment, FluxHealth, ProjectGitOps } from "../../../api/schema.ts";
import { healthOf, type LiveObject } from "../../../machine/index.ts";
import { describe, type ObjectId, plannedIds } from "../../../plan/index.ts";
import { asLive, projectKey, refOf, resourceOf } from "../../../reconcile/resources.ts";
import type { Look } from "../look.ts";

export interface FluxCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}

/** A GitRepository, Kustomization or HelmRelease, with what the checks read of it. */
export interface FluxObject extends LiveObject {
  readonly spec: Readonly<Record<string, unknown>> & { readonly suspend?: boolean };
  readonly status: Readonly<Record<string, unknown>> & {
    readonly conditions?: readonly FluxCondition[];
    readonly artifact?: { readonly url?: string; readonly digest?: string; readonly revision?: string };
  };
}

/** One of Flux's objects as it was found. */
export interface FluxView {
  readonly id: ObjectId;
  /** As findings name it: `GitRepository project-shop-staging/shop-repo`. */
  readonly object: string;
  readonly state: "found" | "missing" | "closed";
  /** Only where it was found. */
  readonly live?: FluxObject;
  /**
   * What it says of itself, made steady as in the project's status: a failure stays while Flux tries again, and an
   * answer to an older spec or request is Unknown. Undefined where it was not found.
   */
  readonly health?: FluxHealth;
  /** When it came to be as `health` says; RFC 3339. */
  readonly since?: string;
}

/** What Flux has of one environment. A delivery stays Ready while its source fails: look at both. */
export interface FluxEnvironment {
  readonly environment: Environment;
  readonly namespace: string;
  readonly source: FluxView;
  /** The Kustomization, or the HelmRelease in its place. */
  readonly delivery: FluxView;
}

/** The Flux objects that the spec leads to, in full, environment by environment in the spec's order. */
export function readFluxObjects(look: Look, project: ProjectGitOps): Promise<FluxEnvironment[]> {
  return look.once(`flux objects of ${projectKey(project.metadata)}`, async () => {
    const ids = plannedIds(project.spec);
    return Promise.all(
      project.spec.environments.map(async (environment) => {
        const before = project.status?.environments?.find(({ name }) => name === environment.name);
        const idOf = (kinds: readonly string[]) =>
          ids.find((id) => id.environment === environment.name && kinds.includes(id.kind)) as ObjectId;
        const sourceId = idOf(["GitRepository"]);
        const [source, delivery] = await Promise.all([
          view(look, sourceId, before?.source),
          view(look, idOf(["Kustomization", "HelmRelease"]), before?.delivery),
        ]);
        return { environment, namespace: sourceId.namespace, source, delivery };
      }),
    );
  });
}

export const conditionOfFlux = (live: FluxObject | undefined, type: string): FluxCondition | undefined =>
  live?.status.conditions?.find((condition) => condition.type === type);

async function view(look: Look, id: ObjectId, before: FluxHealth | undefined): Promise<FluxView> {
  const seen = await look.get(resourceOf(id.kind), refOf(id));
  const named = { id, object: describe(id) };
  if (seen.state !== "found") return { ...named, state: seen.state };
  const live = { spec: {}, status: {}, ...asLive(seen.object) } as FluxObject;
  const since = conditionOfFlux(live, "Ready")?.lastTransitionTime;
  const health = healthOf(live, before);
  return { ...named, state: "found", live, health, ...(since === undefined ? {} : { since }) };
}
