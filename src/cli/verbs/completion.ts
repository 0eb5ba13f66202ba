import { Argument, type Command } from "@commander-js/extra-typings";
import type { Cli } from "../program.ts";

/** `projectgitops completion SHELL`: what a shell needs to complete verbs, options and names of projects. */
export function addCompletion(program: Command, { io }: Cli): void {
  program
    .command("completion")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"] as const))
    .addHelpText(
      "after",
      `
Names of projects are asked of the cluster while you type.

Examples:
  source <(projectgitops completion bash)
  projectgitops completion zsh > "\${fpath[1]}/_projectgitops"
  projectgitops completion fish > ~/.config/fish/completions/projectgitops.fish`,
    )
    .action(async (shell) => {
      const { wordsOf } = await import("../completion/words.ts");
      const words = wordsOf(program);
      switch (shell) {
        case "bash":
          return io.out((await import("../completion/bash.ts")).bashCompletion(words));
        case "zsh":
          return io.out((await import("../completion/zsh.ts")).zshCompletion(words));
        case "fish":
          return io.out((await import("../completion/fish.ts")).fishCompletion(words));
      }
    });
}
