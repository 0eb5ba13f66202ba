export interface EventuallyOptions {
  /** Milliseconds until it gives up; default 20 s. */
  deadlineMs?: number;
  /** What is waited for, as a clause: "the project is COMPLETED". */
  description?: string;
  /** Milliseconds between two looks; default 50. */
  everyMs?: number;
}

/** The condition did not come true in time; `lastSeen` is what the last look returned or threw. */
export class NotInTime extends Error {
  override readonly name = "NotInTime";
  readonly lastSeen: unknown;

  constructor(description: string, deadlineMs: number, lastSeen: unknown) {
    super(`not within ${deadlineMs} ms: ${description}\n  last seen: ${show(lastSeen)}`);
    this.lastSeen = lastSeen;
  }
}

/**
 * Looks again and again until `check` returns something truthy, and returns that. A check that throws (an
 * assertion, a 404) counts as not yet.
 * @throws NotInTime with the last value or error.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { deadlineMs = 20_000, description = "the condition", everyMs = 50 }: EventuallyOptions = {},
): Promise<Exclude<T, false | null | undefined | 0 | "">> {
  const end = performance.now() + deadlineMs;
  let lastSeen: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value) return value as Exclude<T, false | null | undefined | 0 | "">;
      lastSeen = value;
    } catch (error) {
      lastSeen = error;
    }
    if (performance.now() > end) throw new NotInTime(description, deadlineMs, lastSeen);
    await Bun.sleep(everyMs);
  }
}

/** A name that no other test of this run uses: `prefix-` and eight letters and digits. A valid DNS label. */
export function uniqueName(prefix = "t"): string {
  return `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return Bun.inspect(value, { depth: 6 }).slice(0, 4000);
}
