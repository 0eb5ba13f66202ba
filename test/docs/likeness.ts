/**
 * Lines of a page's sample output that a program has not printed, in the page's order. Figures, commits,
 * fingerprints and the width of gaps differ from run to run; a line of … alone stands for what is left out.
 */
export function notPrinted(sample: string, printed: string): string[] {
  const left = stable(printed);
  return stable(sample).filter((line) => {
    if (line === "…") return false;
    const place = left.indexOf(line);
    if (place === -1) return true;
    left.splice(0, place + 1);
    return false;
  });
}

const stable = (text: string): string[] =>
  text
    .split("\n")
    .map((line) =>
      line
        .replaceAll(/SHA256:\S+/g, "SHA256:…")
        .replaceAll(/\b[0-9a-f]{7}\b/g, "COMMIT")
        .replaceAll(/\d+(\.\d+)* s\b/g, "TIME")
        .replaceAll(/\d+ (requests|patch)\b/g, "$1")
        .replaceAll(/ +/g, " ")
        .trim(),
    )
    .filter((line) => line !== "" && !line.startsWith("$ "));
