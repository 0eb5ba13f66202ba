import { CliError, EXIT } from "./errors.ts";
import type { Io } from "./io.ts";

/** Waits so long, or until the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });

/** What `work` brings, or undefined as soon as the signal aborts: nobody waits for a slow server after Ctrl-C. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  // Its failure is nobody's news then.
  work.catch(() => undefined);
  return Promise.race([work, aborted]);
}

/**
 * One look of a watch: when the API server cannot be asked, that is said, and the next look is waited for.
 * @returns undefined where it could not be asked, or the signal has aborted
 * @throws what is an answer, such as that the project is gone
 */
export async function lookAgain<T>(
  io: Pick<Io, "err">,
  look: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await unlessAborted(look, signal);
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.couldNotAsk) throw error;
    io.err(`warning: ${error.message}; trying again\n`);
    return undefined;
  }
}
