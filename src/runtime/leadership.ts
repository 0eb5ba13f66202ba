import type { Milliseconds } from "../api/duration.ts";
import { type LeaseCandidate, RENEW_DEADLINE_MS } from "./lease.ts";
import type { Logger } from "./log.ts";
import { pause } from "./pause.ts";
import { errorFields } from "./project-worker.ts";

const RENEW_EVERY_MS: Milliseconds = 5000;
/** After a failed renewal, and for a standby's look. */
const LOOK_EVERY_MS: Milliseconds = 2000;

/** What this process is in the election; `candidate` until the Lease was read for the first time. */
export type Role = "candidate" | "standby" | "leader";

/** Both clocks: the monotonic one stands still while a machine is paused, the wall clock can be set back. */
const bothClocks = () => ({ monotonic: performance.now(), wall: Date.now() });

/**
 * Waits for the Lease, then keeps it until `stopping` ends or it is lost.
 *
 * `lead` gets a signal that ends when leadership does. A leader that cannot renew for 10 s by either
 * clock stops on its own, before anybody else may take over. A process that was asleep wakes with
 * timers and answers that are all due at once, its renewal only one of them: `check` ends the signal
 * where the time is over, and belongs before each request.
 * @returns how it ended
 */
export async function whileLeading(
  candidate: LeaseCandidate,
  lead: (leading: AbortSignal, check: () => void) => Promise<void>,
  stopping: AbortSignal,
  log: Logger,
  become: (role: Role) => void,
): Promise<"stopped" | "lost"> {
  const acquired = await acquire(candidate, stopping, log, become);
  if (acquired === undefined) return "stopped";
  let heldSince = acquired;
  become("leader");
  log.info("leading");
  const lost = new AbortController();
  const check = () => {
    if (isOver(heldSince)) lost.abort(new Error("the Lease is lost"));
  };
  const work = lead(lost.signal, check);
  const ended = work.then(
    () => true,
    () => true,
  );
  while (!stopping.aborted && !lost.signal.aborted) {
    const done = await Promise.race([ended, pause(nextLook(heldSince), stopping).then(() => false)]);
    if (done || stopping.aborted) break;
    const renewed = await renew(candidate, stopping, log);
    if (typeof renewed === "object") heldSince = renewed;
    if (renewed === "taken") lost.abort(new Error("the Lease is somebody else's"));
    check();
  }
  become("standby");
  await work.catch((error: unknown) => {
    if (!lost.signal.aborted) throw error;
  });
  if (lost.signal.aborted) return "lost";
  await candidate
    .release()
    .catch((error: unknown) => log.warn(errorFields(error), "the Lease was not released"));
  return "stopped";
}

type Moment = ReturnType<typeof bothClocks>;

/** Time counts from before the request: the API server may have stored it any time after. */
async function acquire(
  candidate: LeaseCandidate,
  stopping: AbortSignal,
  log: Logger,
  become: (role: Role) => void,
): Promise<Moment | undefined> {
  let told = "";
  while (!stopping.aborted) {
    const before = bothClocks();
    try {
      const state = await candidate.tryHold(stopping);
      if (state.kind === "held") return before;
      become("standby");
      if (state.holder !== told) log.info({ holder: state.holder }, "standing by");
      told = state.holder;
    } catch (error) {
      if (!stopping.aborted) log.warn(errorFields(error), "the Lease could not be read; tried again");
    }
    await pause(LOOK_EVERY_MS, stopping);
  }
  return undefined;
}

/** @returns the moment of a renewal that was confirmed */
async function renew(
  candidate: LeaseCandidate,
  signal: AbortSignal,
  log: Logger,
): Promise<Moment | "failed" | "taken"> {
  const before = bothClocks();
  try {
    const state = await candidate.tryHold(signal);
    if (state.kind === "held") return before;
    log.warn({ holder: state.holder }, "the Lease is somebody else's");
    return "taken";
  } catch (error) {
    if (!signal.aborted) log.warn(errorFields(error), "the Lease was not renewed; tried again");
    return "failed";
  }
}

const sinceHeld = ({ monotonic, wall }: Moment): Milliseconds => {
  const now = bothClocks();
  return Math.max(now.monotonic - monotonic, now.wall - wall);
};

const isOver = (held: Moment): boolean => sinceHeld(held) >= RENEW_DEADLINE_MS;

const nextLook = (held: Moment): Milliseconds => {
  const passed = sinceHeld(held);
  return passed < RENEW_EVERY_MS
    ? RENEW_EVERY_MS - passed
    : Math.max(0, Math.min(LOOK_EVERY_MS, RENEW_DEADLINE_MS - passed));
};
