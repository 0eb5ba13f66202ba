import { endOfWaiting, type Look, timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";
import { lookAgain, pause } from "../look-again.ts";

const LOOK_EVERY_MS = 250;
/** What comes at once needs no word. */
const SILENT_MS = 1000;

export interface Until<R> {
  /** What is waited for, as `Deployment projectgitops-system/projectgitops to be available`. */
  what: string;
  timeout: string;
  look: () => Promise<Look<R>>;
  /** What to type after the timeout. */
  next: string;
}

/**
 * Looks until there is an answer. Says on stderr what is waited for, from the second second on, whenever that changes.
 * @throws CliError: after the timeout with exit code 1, after Ctrl-C with exit code 130
 */
export async function until<R>(io: Io, { what, timeout, look, next }: Until<R>): Promise<R> {
  const interrupted = io.interrupted();
  const late = AbortSignal.timeout(await timeoutMs(timeout));
  const signal = AbortSignal.any([interrupted, late]);
  const begun = performance.now();
  let last = "";
  let told = "";
  while (!signal.aborted) {
    const seen = await lookAgain(io, look(), signal);
    if (seen !== undefined) {
      if ("answer" in seen) return seen.answer;
      last = seen.waitingFor;
      if (last !== told && performance.now() - begun > SILENT_MS) {
        io.err(`waiting for ${what}: ${last}\n`);
        told = last;
      }
    }
    await pause(LOOK_EVERY_MS, signal);
  }
  throw endOfWaiting(what, { timeout, last, next }, interrupted);
}
