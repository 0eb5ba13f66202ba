import { createHmac, randomBytes } from "node:crypto";
import type { Milliseconds } from "../../api/duration.ts";

export interface HostBudgetOptions {
  /** To each host; default 10. */
  callsPerMinute?: number;
}

/** Why a host may not be called now. */
export interface Pause {
  /** Epoch milliseconds. */
  until: number;
  /** own: our budget; asked: the host asked for it. */
  because: "own" | "asked";
}

const MINUTE: Milliseconds = 60_000;
/** A host cannot silence us for longer; GitHub's longest limit is an hour. */
const LONGEST_PAUSE: Milliseconds = 60 * MINUTE;

/**
 * How often git hosts are called; one for all projects of the process. A limit of one host, or of one sign-in at it,
 * does not stop the others. Nothing waits in here.
 */
export class HostBudget {
  readonly #clock: () => number;
  readonly #callsPerMinute: number;
  readonly #calls = new Map<string, number[]>();
  /** By host, or by host and sign-in. */
  readonly #pauses = new Map<string, number>();

  /** @param clock epoch milliseconds */
  constructor(clock: () => number, { callsPerMinute = 10 }: HostBudgetOptions = {}) {
    this.#clock = clock;
    this.#callsPerMinute = callsPerMinute;
  }

  /**
   * Counts one call, if it may be made now.
   * @param signIn see signInId
   */
  take(host: string, signIn: string): Pause | undefined {
    const now = this.#clock();
    const asked = Math.max(this.#pausedUntil(host, now), this.#pausedUntil(`${host} ${signIn}`, now));
    if (asked > now) return { until: asked, because: "asked" };
    const recent = (this.#calls.get(host) ?? []).filter((at) => at > now - MINUTE && at <= now);
    const first = recent[0];
    if (recent.length >= this.#callsPerMinute && first !== undefined)
      return { until: first + MINUTE, because: "own" };
    this.#calls.set(host, [...recent, now]);
    return undefined;
  }

  /**
   * No call to the host, or to the host with this sign-in, before `until`.
   * @returns the time that holds: at most an hour from now
   */
  pause(host: string, until: number, signIn?: string): number {
    const key = signIn === undefined ? host : `${host} ${signIn}`;
    const holds = Math.min(until, this.#clock() + LONGEST_PAUSE);
    this.#pauses.set(key, Math.max(holds, this.#pauses.get(key) ?? 0));
    return holds;
  }

  #pausedUntil(key: string, now: number): number {
    const until = this.#pauses.get(key);
    if (until === undefined) return 0;
    // A wall clock that was set back must not prolong it.
    if (until <= now || until > now + LONGEST_PAUSE) this.#pauses.delete(key);
    return this.#pauses.get(key) ?? 0;
  }
}

/** Of this process alone: what it makes says nothing about the secret to anybody. */
const SALT = randomBytes(32);

/** Tells sign-ins apart without keeping them. */
export const signInId = (secret: string): string =>
  createHmac("sha256", SALT).update(secret).digest("base64url");
