import type { Milliseconds } from "../../api/duration.ts";
import type { CredentialSlot } from "../../api/generated.ts";
import type { WantedCredential } from "./observed.ts";

const SHORTEST_RETRY: Milliseconds = 15_000;
const LONGEST_RETRY: Milliseconds = 15 * 60_000;

/** When a step that did not succeed is tried again: after as long as it has failed already, within these limits. */
export const retryAfter = (failingSince: Milliseconds, now: Milliseconds): Milliseconds =>
  now + Math.min(LONGEST_RETRY, Math.max(SHORTEST_RETRY, now - failingSince));

const SELDOM: Milliseconds = 6 * 3_600_000;

/** Flux was refused with a new credential: each further try interrupts its fetching, so there are few. */
export const retryAfterRefusal = (
  now: Milliseconds,
  { interval }: Pick<WantedCredential, "interval">,
): Milliseconds => now + Math.max(LONGEST_RETRY, Math.min(SELDOM, interval / 10));

/** When a credential is to be replaced, milliseconds since the epoch: at its age, and at 2/3 of its life. */
export function rotationAt(slot: CredentialSlot, { interval }: Pick<WantedCredential, "interval">): number {
  const made = Date.parse(slot.createdAt);
  const ends = Date.parse(slot.expiresAt ?? "");
  return Number.isNaN(ends) ? made + interval : Math.min(made + interval, made + ((ends - made) * 2) / 3);
}

/** How long a token is asked for that is replaced at this age: 3/2 of it, so that it goes at 2/3 of its life. */
export const lifeFor = (interval: Milliseconds): Milliseconds => interval * 1.5;

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export const rfc3339 = (time: Milliseconds): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
