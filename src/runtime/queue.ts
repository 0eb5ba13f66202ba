import type { Milliseconds } from "../api/duration.ts";

/**
 * Keys that wait for work: each key once, one worker a key, in the order of arrival. A key that is
 * added while it is being worked on is worked on once more.
 */
export class WorkQueue {
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  readonly #work: (key: string) => Promise<void>;
  readonly #concurrency: number;
  #stopped = false;
  #idle: (() => void)[] = [];

  /** @param work never rejects: it has its own place for failures */
  constructor(concurrency: number, work: (key: string) => Promise<void>) {
    this.#concurrency = concurrency;
    this.#work = work;
  }

  /** Keys that wait for a worker now; delayed ones do not count. */
  get depth(): number {
    return this.#waiting.size;
  }

  get busy(): boolean {
    return this.#waiting.size > 0 || this.#running.size > 0;
  }

  /** Whether a key waits, is worked on, or has a time set. */
  has(key: string): boolean {
    return this.#waiting.has(key) || this.#running.has(key) || this.#timers.has(key);
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#clearTimer(key);
    if (this.#running.has(key)) this.#again.add(key);
    else this.#waiting.add(key);
    this.#start();
  }

  /** Replaces an earlier delay of the same key. */
  addAfter(key: string, delay: Milliseconds): void {
    if (this.#stopped) return;
    this.#clearTimer(key);
    // The longest delay that a timer takes; nobody waits that long here.
    this.#timers.set(
      key,
      setTimeout(() => this.add(key), Math.min(delay, 2 ** 31 - 1)),
    );
  }

  forget(key: string): void {
    this.#clearTimer(key);
    this.#waiting.delete(key);
    this.#again.delete(key);
  }

  /** Takes no more, and resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const key of [...this.#timers.keys()]) this.#clearTimer(key);
    this.#waiting.clear();
    this.#again.clear();
    if (this.#running.size > 0) await new Promise<void>((done) => this.#idle.push(done));
  }

  #start(): void {
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#concurrency) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  async #run(key: string): Promise<void> {
    await this.#work(key);
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
    this.#start();
    if (this.#running.size === 0) for (const done of this.#idle.splice(0)) done();
  }

  #clearTimer(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
  }
}

type Timer = ReturnType<typeof setTimeout>;
