const GAP = 2;

/**
 * Lines up rows under a heading as kubectl does. The last column is cut at the terminal's width.
 * @param columns width of the terminal; undefined: nothing is cut
 */
export const table = (
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string => new TableWriter(columns).write([heading, ...rows]);

/** A table whose rows come bit by bit: columns stay as wide as they have been. */
export class TableWriter {
  readonly #columns: number | undefined;
  readonly #widths: number[] = [];

  constructor(columns?: number) {
    this.#columns = columns;
  }

  write(rows: readonly (readonly string[])[]): string {
    const lines = rows.map((row) => row.map(oneLine));
    for (const line of lines) {
      for (const [column, cell] of line.entries())
        this.#widths[column] = Math.max(this.#widths[column] ?? 0, cell.length);
    }
    return lines.map((line) => `${cut(this.#lineUp(line), this.#columns)}\n`).join("");
  }

  #lineUp(line: readonly string[]): string {
    return line
      .map((cell, column) =>
        column === line.length - 1 ? cell : cell.padEnd((this.#widths[column] ?? 0) + GAP),
      )
      .join("")
      .trimEnd();
  }
}

/** Shortens a line to the width of the terminal, and says so with an ellipsis. */
export const cut = (line: string, columns: number | undefined): string =>
  columns === undefined || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;

const oneLine = (cell: string): string => cell.replaceAll(/\s*\n\s*/g, " ");
