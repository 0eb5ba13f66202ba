import type { Milliseconds } from "../api/duration.ts";

/** Most requests that one poll spends on projects that wait for Flux. */
const BUDGET = 20;

interface Waiting {
  readonly cost: number;
  dueAt: Milliseconds;
  delay: Milliseconds;
}

/**
 * Projects whose objects are in place and whose Flux objects are not Ready yet: looked at in turn, with
 * a back-off each, so that a hundred of them cost no more than one poll's budget.
 */
export class FluxLooks {
  readonly #first: Milliseconds;
  readonly #longest: Milliseconds;
  /** In the order of their last look. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #delays = new Map<string, Milliseconds>();

  constructor(first: Milliseconds, longest: Milliseconds) {
    this.#first = first;
    this.#longest = longest;
  }

  /** @param cost requests that a look takes */
  wait(key: string, cost: number, now: Milliseconds): void {
    const delay = this.#delays.get(key) ?? this.#first;
    this.#delays.set(key, Math.min(this.#longest, delay * 2));
    this.#waiting.set(key, { cost, dueAt: now + delay, delay });
  }

  /** Looks soon again: the spec has changed. */
  reset(key: string): void {
    this.#delays.delete(key);
  }

  /** It does not wait any more. */
  forget(key: string): void {
    this.#waiting.delete(key);
    this.#delays.delete(key);
  }

  /** Those whose turn it is, within the budget; the others keep their place. At least one, however much it costs. */
  due(now: Milliseconds): string[] {
    const chosen: string[] = [];
    let spent = 0;
    for (const [key, { dueAt, cost }] of this.#waiting) {
      if (dueAt > now) continue;
      if (chosen.length > 0 && spent + cost > BUDGET) break;
      spent += cost;
      chosen.push(key);
    }
    for (const key of chosen) this.#waiting.delete(key);
    return chosen;
  }
}
