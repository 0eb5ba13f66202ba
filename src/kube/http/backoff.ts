/** client-go's reflector: from 0.8 s, doubled up to 30 s, with jitter. */
const FIRST_MS = 800;
const LAST_MS = 30_000;
/** A stream that the server ends by itself, empty and in less time, is not normal either. */
const NORMAL_MS = 1_000;

/** How long to wait before the next try of a stream. */
export class Backoff {
  #failures = 0;
  #begun = 0;
  #worked = false;
  #failed = false;
  #leastMs = 0;

  begin(): void {
    this.#begun = performance.now();
    this.#worked = false;
    this.#failed = false;
    this.#leastMs = 0;
  }

  /** It brought something. */
  worked(): void {
    this.#worked = true;
  }

  /** It failed; the server asks to wait so many seconds at least. */
  failed(retryAfterSeconds = 0): void {
    this.#failed = true;
    this.#leastMs = retryAfterSeconds * 1000;
  }

  /** Returns at once after a good try; ends early, without an error, when the signal aborts. */
  async pause(signal: AbortSignal): Promise<void> {
    const lasted = performance.now() - this.#begun;
    if (this.#worked) this.#failures = 0;
    if (!this.#failed && (this.#worked || lasted >= NORMAL_MS)) return;
    const ms = Math.min(LAST_MS, FIRST_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    await sleep(Math.max(ms, this.#leastMs), signal);
  }
}

/** Resolves after `ms`, or as soon as the signal aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });
}
