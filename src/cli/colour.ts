import type { Io } from "./io.ts";

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof CODES;

/** Colours text on a terminal that wants it; elsewhere the text as it is. Colour never carries a meaning alone. */
export const paint = (io: Pick<Io, "colour">, colour: Colour, text: string): string =>
  io.colour ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
