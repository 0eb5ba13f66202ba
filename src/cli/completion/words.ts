import type { CommandUnknownOpts } from "@commander-js/extra-typings";

/** What can be typed, read from the very commands that are run. */
export interface Words {
  verbs: VerbWords[];
}

export interface VerbWords {
  name: string;
  /** Words of the second level, such as those of `credential`; most have none. */
  verbs: VerbWords[];
  description: string;
  /** Whether its first word is a project. */
  takesProject: boolean;
  /** Of the first word, where it is one of a few. */
  choices: readonly string[];
  options: OptionWords[];
}

export interface OptionWords {
  /** `--output`. */
  long: string;
  /** `-o`. */
  short: string | undefined;
  description: string;
  /** Whether a value follows. */
  takesValue: boolean;
  choices: readonly string[];
}

/** The commands of a program with their options. */
export const wordsOf = (program: Pick<CommandUnknownOpts, "commands">): Words => ({
  verbs: program.commands.map((command) => ({
    name: command.name(),
    verbs: wordsOf(command).verbs,
    description: command.description(),
    takesProject: command.registeredArguments.some((argument) => argument.name() === "name"),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: command.options.map((option) => ({
      long: option.long ?? "",
      short: option.short,
      description: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
  })),
});
