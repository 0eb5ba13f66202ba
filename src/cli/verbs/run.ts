import type { Command } from "@commander-js/extra-typings";
import type { Cli } from "../program.ts";

export function addRun(program: Command, { io }: Cli): void {
  program
    .command("run")
    .description("run the operator")
    .action(async () => {
      io.err("not yet\n");
    });
}
