/**
 * Draws text with the colours of a terminal as an SVG of a few kilobytes. Each piece of text is held to its place and
 * width, so that a font of other widths moves nothing.
 */
export function terminalSvg(text: string, title: string): string {
  const lines = text.trimEnd().split("\n").map(pieces);
  const columns = Math.max(...lines.map((line) => line.reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(columns * CHARACTER + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map((line, row) => drawLine(line, MARGIN + row * LINE + BASELINE)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${xml(title)}">
<title>${xml(title)}</title>
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d7dae0;white-space:pre}${styles()}</style>
<rect width="100%" height="100%" rx="8" fill="#1d2127"/>
${rows}</svg>
`;
}

interface Piece {
  text: string;
  /** SGR code; undefined: the text's own colour. */
  code: number | undefined;
}

const CHARACTER = 8.43;
const LINE = 20;
const BASELINE = 15;
const MARGIN = 16;

/** SGR code to colour; those that src/cli/colour.ts uses. */
const COLOURS: Record<number, string> = {
  1: "#ffffff",
  2: "#7d8590",
  31: "#ff7b72",
  32: "#7ee787",
  33: "#e3b341",
};

const styles = (): string =>
  Object.entries(COLOURS)
    .map(([code, colour]) => `.c${code}{fill:${colour}}`)
    .join("");

function pieces(line: string): Piece[] {
  const [first = "", ...coloured] = line.split("\u001b[");
  const found: Piece[] = [{ text: first, code: undefined }];
  for (const part of coloured) {
    const end = part.indexOf("m");
    const code = Number(part.slice(0, end));
    found.push({ text: part.slice(end + 1), code: code === 0 ? undefined : code });
  }
  return found;
}

function drawLine(line: readonly Piece[], y: number): string {
  let column = 0;
  let drawn = "";
  for (const { text, code } of line) {
    // Blanks between the words of a line need no ink, and runs of them no element.
    for (const [word, place] of words(text)) {
      const x = (MARGIN + (column + place) * CHARACTER).toFixed(1);
      const length = (word.length * CHARACTER).toFixed(1);
      const colour = code === undefined ? "" : ` class="c${code}"`;
      drawn += `<text x="${x}" y="${y}" textLength="${length}"${colour}>${xml(word)}</text>\n`;
    }
    column += text.length;
  }
  return drawn;
}

/** Words with their place; single blanks stay inside. */
const words = (text: string): [word: string, place: number][] =>
  [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => [match[0], match.index]);

const xml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
