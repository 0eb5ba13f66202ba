/** A token in every form that text can carry it in. */
function tracesOfToken(token: string): string[] {
  const whole = Buffer.from(token);
  const base64 = [0, 1, 2].map((offset) => whole.subarray(offset).toString("base64").slice(0, -4));
  return [token, encodeURIComponent(token), ...base64];
}

/** Pieces of a private key in every form that text can carry them in: long enough never to come about by chance. */
function traces(privateKey: string): string[] {
  const lines = privateKey.split("\n").filter((line) => line.length >= 40 && !line.startsWith("-----"));
  const pieces = lines.slice(1, 4).map((line) => line.slice(4, 44));
  const whole = Buffer.from(privateKey);
  const base64 = [0, 1, 2].map((offset) =>
    whole
      .subarray(120 + offset, 160 + offset)
      .toString("base64")
      .slice(0, 40),
  );
  return [...pieces, ...pieces.map(encodeURIComponent), ...base64, ...base64.map(encodeURIComponent)];
}

/** Which of these texts show a byte of a private key or token; empty when none does. */
export function leaks(keys: readonly string[], texts: Readonly<Record<string, string>>): string[] {
  const found = keys.flatMap((key) => (key.includes("PRIVATE KEY") ? traces(key) : tracesOfToken(key)));
  return Object.entries(texts).flatMap(([where, text]) => {
    const trace = found.find((piece) => text.includes(piece));
    if (trace === undefined) return [];
    const line = text.split("\n").find((one) => one.includes(trace)) ?? "";
    return [`a secret is in the ${where}: ${line.slice(0, 300)}`];
  });
}
