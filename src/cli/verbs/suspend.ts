import type { Command } from "@commander-js/extra-typings";
import type { Cli } from "../program.ts";
import { addSuspension } from "../set-suspend.ts";

/** `projectgitops suspend NAME`: the operator leaves a project alone. */
export const addSuspend = (program: Command, cli: Cli): void =>
  addSuspension(program, cli, {
    verb: "suspend",
    description: "leave a project alone until it is resumed: nothing is changed or put right",
    suspend: true,
    already: "is suspended already",
    done: "is suspended",
    help: "What is deployed stays, Flux goes on deploying, and deletion still works. Where\nthe project comes from git, say it there too: spec.suspend.",
  });
