/** Longer ones are no words for a person, and are not shown. */
const LONGEST = 4096;

/**
 * What a host says in the body of a refusal, on one line, not yet masked.
 * GitHub: {message, errors: [{message} | {resource, field, code}]}; GitLab: {message: text | {field: [text]}} or
 * {error, error_description}; Gitea and Forgejo: {message}. Proxies in front of them answer in plain text or HTML.
 */
export function serverWords(text: string, contentType: string): string | undefined {
  const words = oneLine(wordsOf(text, contentType));
  if (words === "") return undefined;
  return words.length > LONGEST ? `(${words.length} characters, not shown)` : words;
}

function wordsOf(text: string, contentType: string): string {
  if (contentType.startsWith("text/html")) return "";
  const body = parsed(text);
  if (body === undefined)
    return contentType.startsWith("text/plain") ? (text.trim().split("\n")[0] ?? "") : "";
  if (typeof body !== "object" || body === null || Array.isArray(body)) return flat(body);
  const { message, error, error_description, errors } = body as Record<string, unknown>;
  return [message, error, error_description, errors]
    .map((part) => flat(part))
    .filter((part) => part !== "")
    .join(": ");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nested lists and fields as one text; three levels are all that hosts send. */
function flat(value: unknown, depth = 3): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || depth === 0) return "";
  if (Array.isArray(value))
    return value
      .map((item) => flat(item, depth - 1))
      .filter((part) => part !== "")
      .join(", ");
  const { message, resource, field, code } = value as Record<string, unknown>;
  if (typeof message === "string") return message;
  if (typeof code === "string")
    return [resource, field, code].filter((part) => typeof part === "string").join(" ");
  return Object.entries(value)
    .map(([key, part]) => `${key} ${flat(part, depth - 1)}`)
    .join(", ");
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, " ").trim();
