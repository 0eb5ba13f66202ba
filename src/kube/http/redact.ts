import type { ApiCall } from "./call.ts";

/**
 * Takes the values of a Secret that we sent out of the server's answer: a 422 may echo them. Also their base64
 * and URL-encoded forms. Values shorter than four characters stay: they would blank half the message.
 */
export function withoutSecrets(call: ApiCall, text: string): string {
  if (call.resource !== "secrets" || call.body === undefined) return text;
  let clean = text;
  for (const value of secretValues(call.body)) clean = clean.replaceAll(value, "[redacted]");
  return clean;
}

function secretValues(body: string): string[] {
  const values = new Set<string>();
  collect(JSON.parse(body), false, values);
  const forms = [...values].flatMap((value) => [value, decodeBase64(value), encodeBase64(value)]);
  const all = new Set(
    forms.flatMap((value) => [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]),
  );
  return [...all].filter((value) => value.length >= 4).sort((a, b) => b.length - a.length);
}

/** Every string below data, stringData, or the value of a JSON patch that points into them. */
function collect(node: unknown, secret: boolean, values: Set<string>): void {
  if (typeof node === "string") {
    if (secret) values.add(node);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  const path = (node as { path?: unknown }).path;
  const patches = typeof path === "string" && /^\/(data|stringData)(\/|$)/.test(path);
  for (const [key, value] of Object.entries(node)) {
    collect(value, secret || key === "data" || key === "stringData" || (patches && key === "value"), values);
  }
}

function decodeBase64(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}

function encodeBase64(value: string): string {
  return Buffer.from(value).toString("base64");
}
