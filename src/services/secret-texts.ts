import type { SecretLike } from "../git/index.ts";

/** A Secret as it would be read, from plain text. */
export const secretOf = (
  metadata: { namespace?: string; name: string },
  texts: Record<string, string>,
): SecretLike => ({
  metadata,
  data: Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
  ),
});

/** A Secret's values as plain text. */
export const textsOf = ({ data = {} }: SecretLike): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
