import { type Colour, paint } from "../../colour.ts";
import type { Io } from "../../io.ts";
import type { Check } from "./check.ts";

const MARKS = {
  ok: { word: "✓ works", colour: "green" },
  failed: { word: "✗ fails", colour: "red" },
  unknown: { word: "? unknown", colour: "yellow" },
} as const satisfies Record<Check["outcome"], { word: string; colour: Colour }>;

const NAMES: Record<Check["check"], string> = { hostAPI: "host API", registered: "registered", git: "git" };

/** `✓ works    git         github.com answers with the credential: 12 branches, 3 tags`. */
export function checkLine({ check, outcome, message, next }: Check, io: Pick<Io, "colour">): string {
  const { word, colour } = MARKS[outcome];
  const line = `${paint(io, colour, word)}${" ".repeat(11 - word.length)}${NAMES[check].padEnd(12)}${message}\n`;
  return next === undefined ? line : `${line}  next: ${next}\n`;
}
