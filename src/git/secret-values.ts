import type { SecretLike } from "./problem.ts";

/** Characters that a key, token or password has at most; more is a mistake, or an attempt to keep us busy. */
export const LONGEST = 65_536;

/**
 * One value of a Secret as text, decoded once.
 * @returns undefined where the key is absent or its value is empty or only white space
 */
export function textOf(secret: SecretLike, key: string): string | undefined {
  const value = secret.data?.[key];
  if (value === undefined) return undefined;
  const text = Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  return text.trim() === "" ? undefined : text;
}

/** Text of many lines with LF alone and one line break at the end: what SSH and TLS programs take. */
export const normaliseLines = (text: string): string =>
  `${text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").trim()}\n`;

/** A value of one line, such as a token, without the line break that `echo` and editors leave at its end. */
export function oneLine(text: string): string {
  let end = text.length;
  // No expression: on a long run of line breaks in the middle it would take quadratic time.
  while (end > 0 && (text[end - 1] === "\n" || text[end - 1] === "\r")) end--;
  return text.slice(0, end);
}

/** The text that a value holds when it was base64-encoded once more than needed, if that begins as `starts` says. */
export function encodedTwice(text: string, starts: RegExp): boolean {
  const compact = text.replace(/\s/g, "");
  if (compact.length < 8 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return false;
  return starts.test(Buffer.from(compact, "base64").toString("utf8"));
}

/** Whether line breaks were written as the two characters \n, which happens in JSON and environment files. */
export const escapedLines = (text: string): boolean => !/\n./.test(text.trim()) && text.includes("\\n");
