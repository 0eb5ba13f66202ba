/** What the demo prints, in its columns. Results go to stdout; what is waited for goes to stderr. */
const start = performance.now();

/** A fact about the set-up of the demo: `  operator        running, polling every 1 s`. */
export const fact = (name: string, text: string): void => print(`  ${name.padEnd(16)}${text}`);

/** Something that happened, with the seconds since `origin`. */
export const happened = (origin: number, what: string, text: string): void =>
  print(`  ${since(origin).padStart(7)}  ${what.padEnd(21)}${text}`);

/** What is waited for, in the same columns; on stderr. */
export const waiting = (origin: number, text: string): void =>
  void process.stderr.write(`  ${since(origin).padStart(7)}  waiting for ${text}\n`);

export const print = (line = ""): void => void process.stdout.write(`${line}\n`);

/** Seconds since a performance.now(), with one digit. */
export const since = (origin: number): string => `${((performance.now() - origin) / 1000).toFixed(1)} s`;

export const sinceStart = (): string => since(start);
