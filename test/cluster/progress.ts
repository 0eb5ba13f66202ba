/**
 * Runs `work`. When it takes longer than a second, says so on stderr: at once, every 20 seconds, and at its end.
 */
export async function progress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  let told = false;
  const first = setTimeout(() => {
    told = true;
    say(`${what} …`);
  }, 1000);
  const more = setInterval(() => say(`${what} … ${seconds()}`), 20_000);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(more);
    if (told) say(`${what}: ended after ${seconds()}`);
  }
}

/** One line on stderr: results alone go to stdout. */
export function say(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
