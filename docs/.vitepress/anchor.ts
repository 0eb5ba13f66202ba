/**
 * The anchor that a git host gives to a heading, so that links into pages work there and on the site alike: letters,
 * digits, - and _ in lower case, spaces as -.
 */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\-_ ]/gu, "")
    .replaceAll(" ", "-");
