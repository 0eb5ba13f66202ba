const UNITS = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/**
 * How long ago a Kubernetes time stamp was, in its largest whole unit: `4d`, `3h`, `2m`, `0s`.
 * @param now milliseconds since 1970; a time in the future counts as now (clocks differ)
 */
export function age(timestamp: string | undefined, now: number): string {
  const seconds = timestamp === undefined ? Number.NaN : Math.floor((now - Date.parse(timestamp)) / 1000);
  if (Number.isNaN(seconds)) return "<unknown>";
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  return `${Math.max(0, Math.floor(seconds / size))}${unit}`;
}

/** When a time comes that lies ahead: `in 18d`; `now` where it is past. */
export const inFuture = (at: string, now: number): string =>
  Date.parse(at) <= now ? "now" : `in ${age(new Date(2 * now - Date.parse(at)).toISOString(), now)}`;
