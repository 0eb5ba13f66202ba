import { type Command, Option } from "@commander-js/extra-typings";
import { version } from "../../../package.json";
import { machineText } from "../output.ts";
import type { Cli } from "../program.ts";

/** `projectgitops version`: needs no cluster. */
export function addVersion(program: Command, { io }: Cli): void {
  program
    .command("version")
    .description("print the version of this program")
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["json", "yaml"]))
    .action(async ({ output }) => {
      const facts = { version, bun: Bun.version, platform: `${process.platform}/${process.arch}` };
      io.out(
        output === undefined
          ? `projectgitops ${facts.version} (bun ${facts.bun}, ${facts.platform})\n`
          : await machineText(facts, output),
      );
    });
}
