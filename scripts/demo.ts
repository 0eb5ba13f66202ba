/**
 * `npm run demo`: a local control plane, the operator with the permissions of deploy/, and the sample project.
 * `npm run demo -- --flux`: the same with Flux and a git host, from a push to what is deployed.
 * Both stay until Ctrl-C; with `--once` they end by themselves, with exit code 0 only if a second client finds
 * everything as it should be.
 */
import { parseArgs } from "node:util";
import { plainDemo } from "./demo/plain.ts";
import { fluxDemo } from "./demo/with-flux.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { once: { type: "boolean", default: false }, flux: { type: "boolean", default: false } },
});

try {
  const demo = values.flux ? fluxDemo : plainDemo;
  process.exitCode = await demo(values.once, interrupted);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();

/** Until this is called Ctrl-C ends the demo at once; whatever it has started ends with it. */
function interrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}
