import { AsyncLocalStorage } from "node:async_hooks";
import { ANNOTATIONS, FINALIZER } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import { isConflict, isNotFound, K8sApiError, type PartialObjectMetadata } from "../kube/index.ts";
import {
  claim,
  type Dependencies,
  needsClaim,
  Outdated,
  type PassResult,
  PROJECTS,
  projectKey,
  reconcile,
  seal,
} from "../reconcile/index.ts";
import type { CrdCheck } from "./crd-check.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** How one visit to a project ended. */
export type WorkResult =
  | { readonly kind: "pass"; readonly result: PassResult }
  /** It is gone, or there is nothing of ours to do. */
  | { readonly kind: "nothing" }
  /** Somebody else was faster: read it again. */
  | { readonly kind: "outdated" }
  | { readonly kind: "failed"; readonly error: unknown };

/** Requests of the pass that is under way, counted in its own asynchronous context. */
export const requestCount = new AsyncLocalStorage<{ requests: number }>();

const LONGEST_MEETING_MS = 1000;

/** One project, one visit: read or claim it, run the pass, say in the log what was done. */
export class ProjectWorker {
  readonly #deps: Dependencies;
  readonly #crd: CrdCheck;
  readonly #log: Logger;
  readonly #metrics: Metrics;
  readonly #sealAfterMs: number;
  readonly #reading = new Map<string, Promise<ProjectGitOps | undefined>>();

  constructor(deps: Dependencies, crd: CrdCheck, log: Logger, metrics: Metrics, sealAfterMs: number) {
    this.#deps = deps;
    this.#crd = crd;
    this.#log = log;
    this.#metrics = metrics;
    this.#sealAfterMs = sealAfterMs;
  }

  /** @param listed as the last poll showed it */
  visit(listed: PartialObjectMetadata): Promise<WorkResult> {
    return requestCount.run({ requests: 0 }, async () => {
      const started = performance.now();
      const result = await this.#attempt(listed);
      this.#tell(projectKey(listed.metadata ?? {}), result, (performance.now() - started) / 1000);
      return result;
    });
  }

  /** Reads these ahead of their visits, which tell of what fails. One without an answer holds up the others for a second at most. */
  async readAll(listed: readonly PartialObjectMetadata[]): Promise<void> {
    const reads = Promise.allSettled(listed.map((one) => this.#read(one)));
    await Promise.race([reads, Bun.sleep(LONGEST_MEETING_MS)]);
  }

  async #attempt(listed: PartialObjectMetadata): Promise<WorkResult> {
    try {
      const project = await this.#read(listed);
      if (project === undefined || !project.metadata.finalizers?.includes(FINALIZER))
        return { kind: "nothing" };
      const { clock, signal } = this.#deps;
      const { uid = "", deletionTimestamp } = project.metadata;
      const crdDeleting =
        deletionTimestamp !== undefined && (await this.#crd.isBeingDeleted(uid, clock(), { signal }));
      const result = await reconcile(this.#deps, project, crdDeleting);
      if (result.released) this.#crd.forget(uid);
      this.#measureSetup(project, result);
      return { kind: "pass", result };
    } catch (error) {
      if (isNotFound(error)) return { kind: "nothing" };
      return isOutdated(error) ? { kind: "outdated" } : { kind: "failed", error };
    }
  }

  /** Read once, though it may be asked for ahead of a visit and by it. */
  #read(listed: PartialObjectMetadata): Promise<ProjectGitOps | undefined> {
    const key = projectKey(listed.metadata ?? {});
    const reading = this.#reading.get(key) ?? this.#readNow(listed).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  /** The project at the newest version that is known, claimed and sealed where that is due. */
  async #readNow(listed: PartialObjectMetadata): Promise<ProjectGitOps | undefined> {
    const { client, projects, signal } = this.#deps;
    const { namespace = "", name = "", uid = "", resourceVersion = "" } = listed.metadata ?? {};
    const key = projectKey({ namespace, name });
    if (projects.isNews(key, uid, resourceVersion)) {
      // A new one needs no read: the answer to the finalizer patch is the whole object.
      if (needsClaim(listed))
        projects.remember(await claim(client, listed, this.#now(), { signal }), resourceVersion);
      else projects.remember(await client.get(PROJECTS, { namespace, name }, { signal }));
    }
    const known = projects.get(key);
    if (known && needsClaim(known)) projects.remember(await claim(client, known, this.#now(), { signal }));
    else if (known && this.isDueForSeal(known)) projects.remember(await seal(client, known, { signal }));
    return projects.get(key);
  }

  /** COMPLETED for a resync interval, and not yet marked so for ever. A suspended project is left as it is. */
  isDueForSeal({ metadata, spec, status }: ProjectGitOps): boolean {
    const completedAt = Date.parse(status?.completedAt ?? "");
    return (
      metadata.deletionTimestamp === undefined &&
      spec?.suspend !== true &&
      metadata.annotations?.[ANNOTATIONS.setup] !== undefined &&
      this.#deps.clock() - completedAt >= this.#sealAfterMs
    );
  }

  #now(): string {
    return new Date(this.#deps.clock()).toISOString();
  }

  #measureSetup(before: ProjectGitOps, result: PassResult): void {
    const after = this.#deps.projects.get(projectKey(before.metadata))?.status;
    if (before.status?.completedAt !== undefined || result.phase !== "COMPLETED") return;
    const started = Date.parse(after?.setup?.startedAt ?? "");
    if (Number.isFinite(started))
      this.#metrics.setupDuration.observe(Math.max(0, this.#deps.clock() - started) / 1000);
  }

  #tell(project: string, work: WorkResult, seconds: number): void {
    const requests = requestCount.getStore()?.requests ?? 0;
    const line = { project, durationMs: Math.round(seconds * 1000), requests };
    switch (work.kind) {
      case "pass": {
        const { phase, reason, message, acted } = work.result;
        this.#metrics.reconciles.inc({ outcome: outcomeOf(work.result) });
        this.#metrics.reconcileDuration.observe(seconds);
        if (acted) this.#log.info({ ...line, phase, reason }, message);
        return;
      }
      case "failed":
        this.#metrics.reconciles.inc({ outcome: "error" });
        this.#log.warn(
          { ...line, ...errorFields(work.error) },
          "pass ended early; tried again with back-off",
        );
        return;
      case "outdated":
        this.#metrics.reconciles.inc({ outcome: "outdated" });
        this.#log.debug(line, "changed during the pass; judged anew");
        return;
      case "nothing":
    }
  }
}

const outcomeOf = ({ phase, visit, released }: PassResult): string => {
  if (released) return "removed";
  if (phase === "FAILED") return "failed";
  return visit.kind === "resync" || visit.kind === "flux" ? "settled" : "waiting";
};

/** The version, uid or deletion state that was judged has changed meanwhile. */
const isOutdated = (error: unknown): boolean =>
  error instanceof Outdated ||
  isConflict(error) ||
  (error instanceof K8sApiError &&
    error.statusCode === 422 &&
    error.causes.some(({ field }) => field === "metadata.uid" || field === "metadata.finalizers"));

/** An API error's own message names verb, path and the server's words; bodies are never in it. */
export const errorFields = (error: unknown): Record<string, unknown> =>
  error instanceof Error ? { error: error.message, errorKind: error.name } : { error: String(error) };
