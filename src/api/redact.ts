/** Shorter ones cannot be masked without making the rest unreadable, and are no secrets. */
const SHORTEST = 4;
const MASK = "[redacted]";

/**
 * Makes a function that masks secrets in any text that is going to a log, an event, a status or an error: raw,
 * base64 (also inside a longer base64 text, such as a Basic header), URL-encoded and JSON-escaped, and each line of a
 * secret of many lines. Private keys and passwords in URLs are masked even when they are not in the list.
 * @param secrets decoded values, such as a password or a private key
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(withLines).flatMap(formsOf));
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const form of longestFirst) result = result.replaceAll(form, MASK);
    return result.replace(PEM, MASK).replace(URL_PASSWORD, `$1${MASK}@`);
  };
}

const PEM = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g;
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:)[^/\s@]+@/gi;

function withLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= 16 && !line.startsWith("-----"));
  return [secret, secret.trim(), ...lines].filter((part) => part.length >= SHORTEST);
}

function formsOf(secret: string): string[] {
  const url = encodeURIComponent(secret);
  return [
    secret,
    url,
    url.replaceAll("%20", "+"),
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    JSON.stringify(secret).slice(1, -1),
    ...base64Forms(secret),
  ];
}

/** Base64 packs three bytes into four characters, so inside a longer text a secret has three faces. */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const faces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(first, last);
  });
  const whole = [bytes.toString("base64"), ...faces.filter((face) => face.length >= SHORTEST)];
  return whole.flatMap((face) => [
    face,
    face.replaceAll("+", "-").replaceAll("/", "_"),
    encodeURIComponent(face),
  ]);
}
