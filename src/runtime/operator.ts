import type { Milliseconds } from "../api/duration.ts";
import { type BunK8sClient, TransportError } from "../kube/index.ts";
import type { Visit } from "../machine/index.ts";
import {
  type Dependencies,
  DriftLog,
  GitHosts,
  HoldingNamespaces,
  Projects,
  Secrets,
  World,
} from "../reconcile/index.ts";
import { CrdCheck } from "./crd-check.ts";
import type { Logger } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { projectInfos } from "./project-infos.ts";
import { ProjectPoll } from "./project-poll.ts";
import { errorFields, ProjectWorker } from "./project-worker.ts";
import { WorkQueue } from "./queue.ts";
import { resync } from "./resync.ts";
import { Schedule } from "./schedule.ts";
import { watchSecrets } from "./secret-watch.ts";
import { pollOverdueAfter, type Settings } from "./settings.ts";

/** Every key is judged in full at least this often, whatever the versions say. */
const FULL_JUDGEMENT_MS: Milliseconds = 10 * 60_000;

/** Far above the longest pause between two ticks. */
const STUCK_AFTER_MS: Milliseconds = 5 * 60_000;

/**
 * The polling loop (DESIGN section 4). A tick polls the projects, looks for drift at the resync
 * interval, and hands keys to the queue; a worker a project does the rest.
 */
export class Operator {
  readonly metrics: Metrics;
  readonly #client: BunK8sClient;
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #signal: AbortSignal;
  readonly #world = new World();
  readonly #projects = new Projects();
  readonly #secrets = new Secrets();
  readonly #poll: ProjectPoll;
  readonly #queue: WorkQueue;
  readonly #next: Schedule;
  readonly #judgedAt = new Map<string, Milliseconds>();
  readonly #instance: string;
  #worker: ProjectWorker | undefined;
  #tickedAt: Milliseconds = Date.now();
  #resyncedAt: Milliseconds | undefined;
  #lastSuccess: Milliseconds | undefined;
  #lastError = "the API server has not been asked yet";

  constructor(client: BunK8sClient, settings: Settings, log: Logger, signal: AbortSignal, instance: string) {
    this.#client = client;
    this.#settings = settings;
    this.#log = log;
    this.#signal = signal;
    this.#instance = instance;
    this.#poll = new ProjectPoll(client, this.#projects, settings.namespace, () => this.#doubtAll());
    this.#queue = new WorkQueue(settings.concurrency, (key) => this.#visit(key));
    this.#next = new Schedule(this.#queue, settings.pollInterval, settings.resyncInterval);
    this.metrics = new Metrics(() => projectInfos(this.#projects, this.#secrets));
  }

  /**
   * One tick: poll, and whatever is due besides. Never rejects for what the API server does.
   * @throws TransportError when the certificates or keys that were given cannot be read at all
   * @returns false when the API server could not be asked
   */
  async tick(): Promise<boolean> {
    const started = performance.now();
    this.#tickedAt = Date.now();
    try {
      await this.#begin();
      const { changed, gone } = await this.#poll.poll({ signal: this.#signal });
      for (const key of gone) this.#forget(key);
      await this.#meet(changed);
      for (const key of changed) this.#add(key);
      await this.#lookAround();
      this.#lastSuccess = Date.now();
      this.metrics.pollSuccess.set(this.#lastSuccess / 1000);
      return true;
    } catch (error) {
      if (this.#signal.aborted) return false;
      if (this.#lastSuccess === undefined && isUnusable(error)) throw error;
      this.#lastError = error instanceof Error ? error.message : String(error);
      this.#log.warn(errorFields(error), "poll failed; tried again with back-off");
      return false;
    } finally {
      this.metrics.pollDuration.observe((performance.now() - started) / 1000);
      this.metrics.queueDepth.set(this.#queue.depth);
    }
  }

  /** The loop goes round: each request has a deadline, so a tick always ends. */
  isAlive(): boolean {
    return Date.now() - this.#tickedAt < STUCK_AFTER_MS;
  }

  /** undefined when the last polls were answered. */
  notReady(): string | undefined {
    const oldest = pollOverdueAfter(this.#settings.pollInterval);
    if (this.#lastSuccess !== undefined && Date.now() - this.#lastSuccess < oldest) return undefined;
    return `no successful poll${this.#lastSuccess === undefined ? " yet" : ` for ${Math.round((Date.now() - this.#lastSuccess) / 1000)} s`}: ${this.#lastError}`;
  }

  /** When the projects were last listed with success, milliseconds since 1970; undefined before the first time. */
  get lastPoll(): Milliseconds | undefined {
    return this.#lastSuccess;
  }

  /** Nothing is under way or has a time set, beside looks at Flux and back-offs. */
  get settled(): boolean {
    return !this.#queue.busy && !this.#next.pending;
  }

  /** Keys of projects that are not COMPLETED. */
  incomplete(): string[] {
    return this.#poll.keys().filter((key) => this.#projects.get(key)?.status?.phase !== "COMPLETED");
  }

  /** Ends when the passes that are under way have ended. */
  stop(): Promise<void> {
    return this.#queue.stop();
  }

  /** The first resync comes before the first pass: what a process before this one made is known then. */
  async #begin(): Promise<void> {
    if (this.#worker !== undefined) return;
    await this.#resync();
    const deps: Dependencies = {
      client: this.#client,
      world: this.#world,
      projects: this.#projects,
      secrets: this.#secrets,
      drift: new DriftLog(),
      holding: new HoldingNamespaces(this.#settings.resyncInterval),
      hosts: new GitHosts(
        this.#client,
        this.#settings.gitHosts,
        this.#settings.hostCallsPerMinute,
        this.metrics.rotations,
        Date.now,
      ),
      settings: {
        deployerClusterRole: this.#settings.deployerClusterRole,
        environmentDefaults: this.#settings.environmentDefaults,
        strictTenancy: this.#settings.tenancy === "strict",
        ...(this.#settings.gitHosts ? { gitHosts: this.#settings.gitHosts } : {}),
        instance: this.#instance,
      },
      clock: Date.now,
      watchedSince: Date.now(),
      signal: this.#signal,
    };
    const crd = new CrdCheck(this.#client, this.#settings.pollInterval);
    this.#worker = new ProjectWorker(deps, crd, this.#log, this.metrics, this.#settings.resyncInterval);
  }

  /** New ones are all read before one of them is judged: only then is known which of two is the older (rule 1). */
  async #meet(changed: readonly string[]): Promise<void> {
    const unknown = changed.filter((key) => this.#projects.get(key) === undefined && !this.#queue.has(key));
    const listed = unknown.map((key) => this.#poll.get(key)).filter((one) => one !== undefined);
    if (listed.length > 1) await this.#worker?.readAll(listed);
  }

  async #lookAround(): Promise<void> {
    const { pollInterval, resyncInterval } = this.#settings;
    // With the tick before it would be late: what somebody breaks is put right within the interval, not a poll later.
    const isDue = Date.now() - (this.#resyncedAt ?? 0) >= resyncInterval - 1.1 * pollInterval;
    const { all, waiting } = this.#secrets.namespaces();
    const options = { signal: this.#signal };
    const changed = await watchSecrets(this.#client, this.#secrets, isDue ? all : waiting, options);
    for (const key of changed) this.#add(key);
    if (isDue) for (const key of await this.#resync()) this.#queue.add(key);
    // Set-ups go first. Looks lose nothing by waiting: the resync shows Flux's Ready of all.
    if (this.#queue.depth === 0) for (const key of this.#next.fluxDue()) this.#lookAtFlux(key);
  }

  /** @returns keys that have to be looked at: drift, what others may have let go, what was not judged for long */
  async #resync(): Promise<string[]> {
    const started = Date.now();
    const dirty = await resync(this.#client, this.#world, { signal: this.#signal });
    this.#resyncedAt = started;
    const listed = this.#poll.keys();
    const old = listed.filter((key) => started - (this.#judgedAt.get(key) ?? started) >= FULL_JUDGEMENT_MS);
    for (const key of old) this.#distrust(key);
    return listed.filter((key) => {
      const project = this.#projects.get(key);
      return (
        dirty.has(key) ||
        old.includes(key) ||
        this.#next.isReconsidered(key) ||
        (project !== undefined && this.#worker?.isDueForSeal(project))
      );
    });
  }

  /** Versions went back: an etcd was restored, and nothing that was remembered can be compared any more. */
  #doubtAll(): void {
    this.#log.warn("the API server has gone back to older versions; everything is read again");
    this.#projects.forgetAll();
    this.#world.distrustAll();
  }

  #distrust(key: string): void {
    this.#judgedAt.set(key, Date.now());
    const uid = this.#projects.get(key)?.metadata.uid ?? "";
    for (const id of this.#world.known(key, uid)) this.#world.distrust(id);
  }

  #lookAtFlux(key: string): void {
    this.#world.distrustFlux(key);
    this.#queue.add(key);
  }

  #add(key: string): void {
    this.#next.changed(key, this.#poll.get(key)?.metadata?.generation);
  }

  #forget(key: string): void {
    this.#next.forget(key);
    this.#projects.forget(key);
    this.#secrets.forget(key);
    this.#judgedAt.delete(key);
  }

  async #visit(key: string): Promise<void> {
    const listed = this.#poll.get(key);
    if (listed === undefined || this.#worker === undefined) return;
    const work = await this.#worker.visit(listed);
    switch (work.kind) {
      case "nothing":
        this.#next.rest(key);
        return;
      case "outdated":
        this.#projects.forget(key);
        this.#schedule(key, { kind: "backoff" });
        return;
      case "failed":
        this.#schedule(key, { kind: "backoff" });
        return;
      case "pass":
        if (work.result.released) this.#projects.forget(key);
        this.#judgedAt.set(key, this.#judgedAt.get(key) ?? Date.now());
        this.#schedule(key, work.result.visit);
    }
  }

  #schedule(key: string, visit: Visit): void {
    const environments = this.#projects.get(key)?.spec?.environments?.length ?? 1;
    this.#next.next(key, visit, 2 * environments);
  }
}

/** What was given is wrong, not the API server: trying again cannot mend it. */
const isUnusable = (error: unknown): boolean => error instanceof TransportError && error.code === "bad-pem";
