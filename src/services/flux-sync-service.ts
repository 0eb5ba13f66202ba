import type { EnvironmentStatus, Phase, ProjectGitOps, TriState } from "../api/schema.ts";
import { conditionOf, standingOf } from "../api/standing.ts";
import type { BunK8sClient, CallOptions } from "../kube/index.ts";
import { PROJECTS } from "../reconcile/index.ts";

/** Where a project stands with what git holds. */
export interface SyncStatus {
  /** Absent before the operator has seen the project. */
  phase?: Phase;
  /** "stuck": waiting alone does not help (failed, stalled, suspended). */
  standing: "ready" | "under way" | "stuck";
  /** The condition Ready as it stands; it may speak of an older spec while the standing is "under way". */
  ready: TriState;
  /** Why, in one word for programs. */
  reason: string;
  /** Why, for a person, and what to do. */
  message: string;
  /** Name, namespace and, as far as Flux has answered, source and delivery with their revision. */
  environments: EnvironmentStatus[];
}

/** Tells how far git and the cluster agree, as the operator has seen it: one read, and no Flux object is touched. */
export class FluxSyncService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /**
   * @param project name of the ProjectGitOps, which is the projectId where a service made it
   * @param options namespace: default the namespace of the client's context
   * @throws K8sApiError with statusCode 404 where there is none, 403 where it may not be read
   */
  async status(project: string, options: CallOptions & { namespace?: string } = {}): Promise<SyncStatus> {
    const { namespace = this.#client.namespace, ...rest } = options;
    return syncStatus(await this.#client.get(PROJECTS, { namespace, name: project }, rest));
  }
}

/** The same of a project that was read already. Pure. */
export function syncStatus(project: ProjectGitOps): SyncStatus {
  const { phase, environments = [] } = project.status ?? {};
  const ready = conditionOf(project, "Ready");
  const standing = standingOf(project);
  return {
    ...(phase && { phase }),
    standing: standing.kind,
    ready: ready?.status ?? "Unknown",
    reason: ready?.reason ?? "",
    message: standing.kind === "ready" ? (ready?.message ?? "") : standing.message,
    environments,
  };
}
