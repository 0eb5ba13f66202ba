/** One signal that aborts when the caller's does or when the time is over. `dispose` when the call has ended. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endsAt = 0;
  /** The milliseconds that went by without an end; undefined while there is time. */
  expiredAfterMs: number | undefined;

  constructor(ms: number, parent?: AbortSignal) {
    this.#parent = parent;
    this.restart(ms);
    if (parent?.aborted) this.#follow();
    else parent?.addEventListener("abort", this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Counts anew from now. */
  restart(ms: number): void {
    clearTimeout(this.#timer);
    this.#endsAt = performance.now() + ms;
    const expire = () => {
      this.expiredAfterMs = ms;
      this.#controller.abort();
    };
    if (ms <= 0) expire();
    else this.#timer = setTimeout(expire, ms);
  }

  /** Stops the clock; the caller's signal still ends what is under way. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#parent?.removeEventListener("abort", this.#follow);
  }

  /** Ends what is under way. */
  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Resolves after `ms`; rejects with the signal's reason when the call ends first. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.signal.aborted) return reject(this.signal.reason);
      const wake = () => {
        this.signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      const end = () => {
        clearTimeout(timer);
        reject(this.signal.reason);
      };
      this.signal.addEventListener("abort", end, { once: true });
    });
  }

  readonly #follow = (): void => this.#controller.abort(this.#parent?.reason);
}
