/** Shorter ones cannot be masked without making the rest unreadable, and are no secrets. */
const SHORTEST = 4;
/** Longer ones are masked as a whole and raw or in base64 alone: an expression for each line would take seconds. */
const LONGEST = 8192;
const MASK = "[redacted]";

/**
 * Makes a function that masks secrets in any text that is going to a log, an event, a status or an error: raw,
 * base64 (also inside a longer base64 text, such as a Basic header), URL-encoded and JSON-escaped in whatever mixture,
 * and each line of a secret of many lines. Private keys and passwords in URLs are masked even where they are not in
 * the list.
 * @param secrets decoded values, such as a password or a private key
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // Most passes have nothing to mask, and a long key costs milliseconds: made at the first text.
  let patterns: (RegExp | string)[] | undefined;
  return (text) => {
    patterns ??= patternsOf(secrets);
    let result = text;
    for (const pattern of patterns) result = result.replaceAll(pattern, MASK);
    return result.replace(PEM, MASK).replace(URL_PASSWORD, `$1${MASK}@`);
  };
}

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:)[^/\s@]+@/gi;

function patternsOf(secrets: readonly string[]): (RegExp | string)[] {
  const long = secrets.filter(({ length }) => length > LONGEST);
  const short = secrets.filter(({ length }) => length <= LONGEST);
  const parts = [...new Set(short.flatMap(withLines))].sort((a, b) => b.length - a.length);
  return [
    ...long.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]),
    ...parts.map(base64Pattern),
    ...parts.map(escapedPattern),
  ];
}

/** A server may repeat one line of a key alone. */
function withLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 16 && !line.startsWith("-----"));
  return [secret, secret.trim(), ...lines].filter((part) => part.length >= SHORTEST);
}

/** Each character as itself, percent-encoded or JSON-escaped. */
function escapedPattern(secret: string): RegExp {
  const forms = new Map<string, string>();
  for (const character of secret) if (!forms.has(character)) forms.set(character, characterForms(character));
  return new RegExp(Array.from(secret, (character) => forms.get(character)).join(""), "g");
}

function characterForms(character: string): string {
  const percent = [...Buffer.from(character)]
    .map((byte) => `%${anyCase(byte.toString(16).padStart(2, "0"))}`)
    .join("");
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  const unicode = units.map((unit) => `\\\\u${anyCase(unit.toString(16).padStart(4, "0"))}`).join("");
  const json = JSON.stringify(character).slice(1, -1);
  const forms = [literal(character), percent, unicode];
  if (json !== character) forms.push(literal(json));
  if (character === " ") forms.push("\\+");
  return `(?:${forms.join("|")})`;
}

const anyCase = (hex: string): string => hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/** Base64 packs three bytes into four characters, so inside a longer text a secret has three faces. */
function base64Pattern(secret: string): RegExp {
  const bytes = Buffer.from(secret);
  const faces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    // Characters that hold bits of a neighbour differ from text to text.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const whole = bytes.toString("base64");
  const unpadded = whole.replace(/=+$/, "");
  return new RegExp(
    [whole, unpadded, ...faces]
      .filter((face) => face.length >= SHORTEST)
      .map(base64Forms)
      .join("|"),
    "g",
  );
}

/** The last two digits of the alphabet and the padding have other forms in URLs. */
const base64Forms = (face: string): string =>
  face.replace(
    /[+/=]/g,
    (digit) => ({ "+": "(?:\\+|-|%2[bB])", "/": "(?:/|_|%2[fF]|\\\\/)", "=": "(?:=|%3[dD])" })[digit] ?? "",
  );
