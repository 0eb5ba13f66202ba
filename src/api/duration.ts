import { z } from "zod";
import { ruled } from "./rules.ts";

export type Milliseconds = number;

const UNITS: Record<string, Milliseconds> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const FORM = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;
const SHORTEST = 10_000;

/**
 * Reads a Go duration such as `90s`, `1h30m` or `1.5h`, in the units h, m, s and ms.
 * @returns milliseconds, or undefined where the text is no such duration
 */
export function parseDuration(text: string): Milliseconds | undefined {
  if (!FORM.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN);
  }
  return total;
}

/**
 * Milliseconds of a duration that the schema has already checked.
 * @throws RangeError for anything else
 */
export function durationMs(text: string): Milliseconds {
  const value = parseDuration(text);
  if (value === undefined) throw new RangeError(`no duration: ${text}`);
  return value;
}

/** A schema field: a Go duration of at least 10 s. Shorter ones would only burden the API server and the git host. */
export const duration = () =>
  ruled(z.string().min(1).max(16), {
    cel: `self.matches(r'${FORM.source}') && duration(self) >= duration('10s')`,
    message: "must be a duration of at least 10s in h, m, s or ms, such as 30s, 5m or 1h30m",
    holds: (value) => (parseDuration(value) ?? 0) >= SHORTEST,
  });
