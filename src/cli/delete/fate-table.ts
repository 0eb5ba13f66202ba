import { type Colour, paint } from "../colour.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import type { EnvironmentFate } from "./fate.ts";

/** One line an environment, under a heading. */
export function fateTable(fates: readonly EnvironmentFate[], io: Io): string {
  const rows = fates.map(({ name, namespace, fate, what }) => [`  ${name}`, namespace, fate, what]);
  const lines = table(["  ENVIRONMENT", "NAMESPACE", "FATE", "WHAT"], rows, io.columns).split("\n");
  return lines
    .map((line, place) => {
      const fate = fates[place - 1]?.fate;
      return fate === undefined ? line : line.replace(`  ${fate} `, `  ${paint(io, COLOURS[fate], fate)} `);
    })
    .join("\n");
}

const COLOURS: Record<EnvironmentFate["fate"], Colour> = {
  goes: "red",
  stays: "green",
  protected: "yellow",
  "nothing there": "dim",
};
