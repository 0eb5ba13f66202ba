import type { Io } from "./io.ts";

const EVERY_MS = 1000;

/** Says on stderr what is waited for, once a second from the second second on. */
export async function withProgress<T>(io: Pick<Io, "err">, waitingFor: string, work: Promise<T>): Promise<T> {
  let seconds = 0;
  const timer = setInterval(() => io.err(`waiting for ${waitingFor} (${++seconds} s)\n`), EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
