/**
 * The notes' command: `bun run scripts/diagnose-gitops-pending.ts [NAME] …` is `projectgitops diagnose …`. Without a
 * name and a namespace it looks at all projects of the cluster: whoever asks what hangs does not know where yet.
 */
import { parseArgs } from "node:util";
import { processIo } from "../src/cli/io.ts";
import { runCli } from "../src/cli/program.ts";

const args = process.argv.slice(2);
const { values, positionals } = parseArgs({
  args,
  strict: false,
  allowPositionals: true,
  options: {
    namespace: { type: "string", short: "n" },
    "all-namespaces": { type: "boolean", short: "A" },
    output: { type: "string", short: "o" },
    kubeconfig: { type: "string" },
    context: { type: "string" },
    help: { type: "boolean", short: "h" },
  },
});
const everywhere = positionals.length === 0 && values["namespace"] === undefined && !values["all-namespaces"];
process.exitCode = await runCli(["diagnose", ...args, ...(everywhere ? ["-A"] : [])], processIo());
