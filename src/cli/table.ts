const GAP = 2;

/**
 * Lines up rows under a heading as kubectl does. The last column is cut at the terminal's width.
 * @param columns width of the terminal; undefined: nothing is cut
 */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const lines = [heading, ...rows].map((row) => row.map(oneLine));
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + GAP)))
      .join("")
      .trimEnd(),
  );
  return text.map((line) => `${cut(line, columns)}\n`).join("");
}

/** Shortens a line to the width of the terminal, and says so with an ellipsis. */
export const cut = (line: string, columns: number | undefined): string =>
  columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;

const oneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, " ");
