/** Types, lint with format and layering, and generated files, side by side; a line each, and what is wrong. */
import { join } from "node:path";

const bin = (name: string) => join(import.meta.dir, "..", "node_modules", ".bin", name);

const CHECKS = {
  types: [bin("tsc"), "--noEmit"],
  "lint, format, layering": [bin("biome"), "check", "--error-on-warnings"],
  "generated files": [process.execPath, join(import.meta.dir, "generate.ts"), "--check"],
};

const results = await Promise.all(Object.entries(CHECKS).map(([name, command]) => check(name, command)));
process.exit(results.every((ok) => ok) ? 0 : 1);

async function check(name: string, command: string[]): Promise<boolean> {
  const start = performance.now();
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe" });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(
    `${code === 0 ? "✓" : "✗"} ${name.padEnd(24)} ${code === 0 ? "clean" : "wrong"}  ${seconds} s\n`,
  );
  if (code !== 0) process.stdout.write(`${out}${err}`);
  return code === 0;
}
