import { FINALIZER } from "../../api/names.ts";
import { SETUP_PHASES } from "../../api/phases.ts";
import type { Condition, ProjectGitOps } from "../../api/schema.ts";
import { conditionOf } from "../../api/standing.ts";
import { type BunK8sClient, K8sApiError, type KubeObject } from "../../kube/index.ts";
import { describe, isDelivery, MANAGED_KINDS, type ObjectId, plannedIds } from "../../plan/index.ts";
import { PROJECTS, projectRef, resourceOf } from "../../reconcile/resources.ts";
import { shortRevision } from "../project-row.ts";
import type { Timeline } from "./timeline.ts";

/** Steps of a throwaway project's life, beside the phases of its set-up. */
export const STEPS = {
  seen: "seen by the operator",
  completed: "COMPLETED",
  sourceReady: "source Ready",
  deliveryReady: "delivery Ready",
  deliveryGone: "delivery gone",
  sourceGone: "source gone",
  namespaceGone: "namespace gone",
} as const;

interface FluxObject extends KubeObject {
  status?: {
    conditions?: Condition[];
    artifact?: { revision?: string };
    lastAppliedRevision?: string;
    inventory?: { entries?: unknown[] };
  };
}

/** Marks what becomes of a project's objects, by one watch each, until the signal aborts or all is gone. */
export class MadeWatch {
  /** Objects that this person may not watch: their steps are not measured. */
  readonly closed: string[] = [];
  /** Resolves when every watch has ended. */
  readonly done: Promise<unknown>;
  readonly #timeline: Timeline;
  readonly #ids: ObjectId[];
  readonly #there = new Set<string>();

  constructor(client: BunK8sClient, project: ProjectGitOps, timeline: Timeline, signal: AbortSignal) {
    this.#timeline = timeline;
    this.#ids = plannedIds(project.spec);
    this.done = Promise.all([
      this.#followProject(client, project, signal),
      ...this.#ids.map((id) => this.#followObject(client, id, signal)),
    ]);
    // Told to who awaits it, which may be later.
    this.done.catch(() => undefined);
  }

  async #followProject(client: BunK8sClient, project: ProjectGitOps, signal: AbortSignal): Promise<void> {
    const { namespace, name } = projectRef(project);
    const options = { namespace, fieldSelector: `metadata.name=${name}`, signal };
    await this.#unlessClosed(`ProjectGitOps ${namespace}/${name}`, async () => {
      for await (const event of client.watch(PROJECTS, options)) {
        if (event.type === "DELETED") return;
        if (event.type === "BOOKMARK") continue;
        const { metadata, status } = event.object;
        if (metadata.finalizers?.includes(FINALIZER)) this.#timeline.mark(STEPS.seen);
        if (status?.phase === "COMPLETED") this.#timeline.mark(STEPS.completed, "every object is there");
        const ready = conditionOf(event.object, "Ready");
        if (ready?.status === "True" && status?.observedGeneration === metadata.generation)
          this.#timeline.mark("Ready");
      }
    });
  }

  async #followObject(client: BunK8sClient, id: ObjectId, signal: AbortSignal): Promise<void> {
    const options = {
      ...(id.namespace === "" ? {} : { namespace: id.namespace }),
      fieldSelector: `metadata.name=${id.name}`,
      signal,
      // Of a Secret nothing but its being there is of interest.
      metadataOnly: id.kind !== "GitRepository" && !isDelivery(id.kind),
    };
    await this.#unlessClosed(describe(id), async () => {
      for await (const event of client.watch<KubeObject>(resourceOf(id.kind), options)) {
        if (event.type === "BOOKMARK") continue;
        if (event.type === "DELETED") {
          this.#markGone(id);
          return;
        }
        this.#markThere(id);
        if (isReady(event.object)) this.#markReady(id, event.object);
      }
    });
  }

  #markThere(id: ObjectId): void {
    this.#there.add(describe(id));
    for (const phase of SETUP_PHASES) {
      const ids = this.#ids.filter(({ kind }) => MANAGED_KINDS[kind].phase === phase);
      if (ids.length === 0 || !ids.every((one) => this.#there.has(describe(one)))) return;
      const [only, ...others] = ids;
      const kinds = [...new Set(ids.map(({ kind }) => kind))].join(", ");
      this.#timeline.mark(phase, only && others.length === 0 ? `${only.kind} ${only.name}` : kinds);
    }
  }

  #markReady({ kind }: ObjectId, { status }: FluxObject): void {
    if (kind === "GitRepository") {
      this.#timeline.mark(STEPS.sourceReady, shortRevision(status?.artifact?.revision ?? ""));
    } else {
      const count = status?.inventory?.entries?.length ?? 0;
      const revision = shortRevision(status?.lastAppliedRevision ?? "");
      this.#timeline.mark(
        STEPS.deliveryReady,
        [revision, `${count} ${count === 1 ? "object" : "objects"}`].filter(Boolean).join(", "),
      );
    }
  }

  #markGone({ kind, name }: ObjectId): void {
    if (isDelivery(kind)) this.#timeline.mark(STEPS.deliveryGone, "and what it had deployed");
    if (kind === "GitRepository") this.#timeline.mark(STEPS.sourceGone);
    if (kind === "Namespace") this.#timeline.mark(STEPS.namespaceGone, name);
  }

  /** What the API server refuses is not measured; the project itself is followed elsewhere. */
  async #unlessClosed(what: string, following: () => Promise<void>): Promise<void> {
    try {
      await following();
    } catch (error) {
      if (!(error instanceof K8sApiError)) throw error;
      this.closed.push(what);
    }
  }
}

const isReady = ({ metadata, status }: FluxObject): boolean =>
  status?.conditions?.some(
    ({ type, status, observedGeneration }) =>
      type === "Ready" && status === "True" && observedGeneration === metadata?.generation,
  ) === true;
