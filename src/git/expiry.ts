import { ANNOTATIONS } from "../api/names.ts";
import type { SecretLike } from "./problem.ts";

/** When a Secret says that its credential ends. */
export type Expiry =
  | { kind: "unknown" }
  /** Milliseconds since 1970. */
  | { kind: "at"; time: number }
  /** The annotation is no time of RFC 3339. */
  | { kind: "unreadable"; text: string };

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads the Secret's own annotation. Pure. */
export function expiryOf({ metadata }: SecretLike): Expiry {
  const text = metadata?.annotations?.[ANNOTATIONS.expiresAt];
  if (text === undefined) return { kind: "unknown" };
  const time = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? { kind: "unreadable", text } : { kind: "at", time };
}
