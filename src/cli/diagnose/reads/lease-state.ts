import type { Lease } from "kubernetes-types/coordination/v1";
import { age } from "../../age.ts";

/** How far the clocks of a person's machine and of the cluster may be apart, on top of what a Lease is good for. */
const LEEWAY_MS = 60_000;
/** A Lease that was let go is taken by the next candidate within seconds. */
const HAND_OVER_MS = 30_000;

/** What a Lease tells of whoever should hold it. */
export type LeaseState =
  | { readonly kind: "held"; readonly holder: string }
  /** Let go just now: another takes it. */
  | { readonly kind: "changing hands" }
  /** Run out, or let go and taken by nobody; `text` says what was seen. */
  | { readonly kind: "free"; readonly text: string; readonly since: string | undefined };

/** @param now milliseconds since 1970. Pure. */
export function leaseState({ spec }: Lease, now: number): LeaseState {
  const { holderIdentity = "", leaseDurationSeconds = 15, renewTime } = spec ?? {};
  const renewed = Date.parse(renewTime ?? "");
  const renewedText = Number.isNaN(renewed) ? "never renewed" : `last renewed ${age(renewTime, now)} ago`;
  const since = Number.isNaN(renewed) ? undefined : new Date(renewed).toISOString();
  if (holderIdentity === "") {
    if (now - renewed < HAND_OVER_MS) return { kind: "changing hands" };
    return { kind: "free", text: `nobody holds it, ${renewedText}`, since };
  }
  if (now - renewed < leaseDurationSeconds * 1000 + LEEWAY_MS)
    return { kind: "held", holder: holderIdentity };
  return { kind: "free", text: `held by ${holderIdentity}, ${renewedText}`, since };
}
