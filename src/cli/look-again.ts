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

/**
 * One look of a watch: when the API server cannot be asked, that is said, and the next look is waited for.
 * @returns undefined where it could not be asked
 * @throws what is an answer, such as that the project is gone
 */
export async function lookAgain<T>(io: Pick<Io, "err">, look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode !== EXIT.couldNotAsk) throw error;
    io.err(`warning: ${error.message}; trying again\n`);
    return undefined;
  }
}
