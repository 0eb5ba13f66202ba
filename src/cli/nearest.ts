/**
 * The words nearest to what was typed, nearest first: the same word, one that begins with it or holds it, or one that
 * differs in few letters. At most three.
 */
export function nearest(typed: string, words: readonly string[]): string[] {
  const limit = Math.max(1, Math.floor(typed.length / 3));
  return words
    .map((word) => ({ word, distance: holds(word, typed) ? 0 : distance(typed, word) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance || a.word.length - b.word.length)
    .slice(0, 3)
    .map(({ word }) => word);
}

/** Of one or two letters that would be chance. */
const holds = (word: string, typed: string): boolean =>
  word === typed || (typed.length > 2 && word.includes(typed));

/** Letters to insert, drop, change or swap with their neighbour. Source: optimal string alignment. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const steps = [
        (above[column] ?? 0) + 1,
        (line[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      ];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) steps.push((before[column - 2] ?? 0) + 1);
      line.push(Math.min(...steps));
    }
    before = above;
    above = line;
  }
  return above[b.length] ?? 0;
}
