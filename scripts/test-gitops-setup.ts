/** The notes' command: `bun run scripts/test-gitops-setup.ts --git-url URL …` is `projectgitops test-setup …`. */
import { processIo } from "../src/cli/io.ts";
import { runCli } from "../src/cli/program.ts";

process.exitCode = await runCli(["test-setup", ...process.argv.slice(2)], processIo());
