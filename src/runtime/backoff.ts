import type { Milliseconds } from "../api/duration.ts";

/** Source: AWS architecture blog, "Exponential backoff and jitter": full jitter spreads a herd best. */
const FIRST: Milliseconds = 750;
const LONGEST: Milliseconds = 15 * 60_000;

/** Counts failures by key and says how long to wait: between 750 ms and twice as much with each failure, up to 15 min. */
export class Backoff {
  readonly #failures = new Map<string, number>();
  readonly #random: () => number;

  /** @param random between 0 and 1; handed in by tests */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  next(key: string): Milliseconds {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const most = Math.min(LONGEST, FIRST * 2 ** Math.min(failures + 1, 20));
    return Math.round(FIRST + this.#random() * (most - FIRST));
  }

  reset(key: string): void {
    this.#failures.delete(key);
  }
}
