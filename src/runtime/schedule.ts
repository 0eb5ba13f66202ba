import type { Milliseconds } from "../api/duration.ts";
import type { Visit } from "../machine/index.ts";
import { Backoff } from "./backoff.ts";
import { FluxLooks } from "./flux-looks.ts";
import type { WorkQueue } from "./queue.ts";

/** When each project is visited next: at once, after a time, with back-off, in Flux's turn, or at the resync. */
export class Schedule {
  readonly #queue: WorkQueue;
  readonly #backoff = new Backoff();
  readonly #flux: FluxLooks;
  readonly #visits = new Map<string, Visit>();
  readonly #generations = new Map<string, number | undefined>();

  constructor(queue: WorkQueue, pollInterval: Milliseconds, resyncInterval: Milliseconds) {
    this.#queue = queue;
    this.#flux = new FluxLooks(pollInterval, resyncInterval);
  }

  /** New, or changed by somebody: now. A new spec starts the back-off from the beginning. */
  changed(key: string, generation: number | undefined): void {
    if (this.#generations.get(key) !== generation) {
      this.#generations.set(key, generation);
      this.#backoff.reset(key);
      this.#flux.reset(key);
    }
    this.#queue.add(key);
  }

  /** @param fluxObjects how many requests a look at its Flux objects takes */
  next(key: string, visit: Visit, fluxObjects: number): void {
    this.#visits.set(key, visit);
    if (visit.kind !== "backoff") this.#backoff.reset(key);
    if (visit.kind !== "flux") this.#flux.forget(key);
    switch (visit.kind) {
      case "now":
        this.#queue.add(key);
        return;
      case "after":
        this.#queue.addAfter(key, visit.ms);
        return;
      case "backoff": {
        const latest = (visit.notLaterThan ?? Number.POSITIVE_INFINITY) - Date.now();
        this.#queue.addAfter(key, Math.max(0, Math.min(this.#backoff.next(key), latest)));
        return;
      }
      case "flux":
        this.#flux.wait(key, fluxObjects, Date.now());
        return;
      case "resync":
        if (visit.notLaterThan !== undefined)
          this.#queue.addAfter(key, Math.max(0, visit.notLaterThan - Date.now()));
        return;
      case "reconsider":
    }
  }

  /** Nothing is to be done until something changes. */
  rest(key: string): void {
    this.#visits.delete(key);
  }

  /** Projects that wait for Flux, and whose turn it is. */
  fluxDue(): string[] {
    return this.#flux.due(Date.now());
  }

  /** Whether a resync looks at it though nothing has changed here: someone else may have let go. */
  isReconsidered(key: string): boolean {
    return this.#visits.get(key)?.kind === "reconsider";
  }

  /** Whether a visit is to come that was not asked for by a back-off or by Flux. */
  get pending(): boolean {
    return [...this.#visits.values()].some(({ kind }) => kind === "now" || kind === "after");
  }

  forget(key: string): void {
    this.#queue.forget(key);
    this.#backoff.reset(key);
    this.#flux.forget(key);
    this.#visits.delete(key);
    this.#generations.delete(key);
  }
}
