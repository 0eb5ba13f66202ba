/** Measures one thing; the function it returns prints it, for the notes that people write from a run. */
export function stopwatch(what: string): () => void {
  const start = performance.now();
  return () => {
    process.stdout.write(`  time: ${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  };
}
