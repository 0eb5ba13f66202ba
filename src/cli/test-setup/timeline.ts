import { table } from "../table.ts";

/** One thing that happened, once. */
export interface Step {
  step: string;
  /** Milliseconds since the beginning. */
  at: number;
  /** Milliseconds since the step before. */
  took: number;
  /** What it was about. */
  what: string;
}

/** Where the time of a set-up and its removal went. */
export class Timeline {
  readonly #clock: () => number;
  readonly #tell: (at: number, step: string, what: string) => void;
  readonly #marks = new Map<string, { at: number; what: string }>();
  #start: number;

  /** @param clock milliseconds, such as performance.now */
  constructor(clock: () => number, tell: (at: number, step: string, what: string) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#start = clock();
  }

  /** Counts from now on. */
  restart(): void {
    this.#start = this.#clock();
  }

  /** The first time counts; a later one may know more of what it was about. */
  mark(step: string, what = ""): void {
    const known = this.#marks.get(step);
    if (known !== undefined) {
      if (what.length > known.what.length) known.what = what;
      return;
    }
    const at = this.#clock() - this.#start;
    this.#marks.set(step, { at, what });
    this.#tell(at, step, what);
  }

  /** In the order in which they happened. */
  get steps(): Step[] {
    const marks = [...this.#marks].toSorted(([, a], [, b]) => a.at - b.at);
    return marks.map(([step, { at, what }], place) => ({
      step,
      at: Math.round(at),
      took: Math.round(at - (marks[place - 1]?.[1].at ?? 0)),
      what,
    }));
  }
}

/** A row for each step, with the time it took. */
export const timelineText = (steps: readonly Step[], columns?: number): string =>
  table(
    ["  STEP", "      AT", "    TOOK", "WHAT"],
    steps.map(({ step, at, took, what }) => [
      `  ${step}`,
      duration(at).padStart(8),
      duration(took).padStart(8),
      what,
    ]),
    columns,
  );

/** `312 ms`, or `3.41 s`. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
