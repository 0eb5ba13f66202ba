#!/usr/bin/env bun
import { processIo, wasInterrupted } from "./cli/io.ts";
import { runCli } from "./cli/program.ts";

// Not process.exit: what is still on its way to a pipe would be lost.
process.exitCode = await runCli(process.argv.slice(2), processIo());
// After Ctrl-C nobody waits for what a slow API server may still answer.
if (wasInterrupted()) process.exit();
