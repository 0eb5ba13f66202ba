import type { Command } from "@commander-js/extra-typings";
import type { Cli } from "../program.ts";
import { addSuspension } from "../set-suspend.ts";

/** `projectgitops resume NAME`: the operator takes a project up again. */
export const addResume = (program: Command, cli: Cli): void =>
  addSuspension(program, cli, {
    verb: "resume",
    description: "take a suspended project up again",
    suspend: false,
    already: "is not suspended",
    done: "is resumed",
    help: "What was changed meanwhile is put right at once.",
  });
