import { type GitUrl, parseGitUrl } from "../../../src/api/git-url.ts";
import type { SecretLike } from "../../../src/git/index.ts";

/** A Secret platform/shop-git with these values, encoded once. */
export const secret = (values: Record<string, string>, type = "Opaque"): SecretLike => ({
  metadata: { namespace: "platform", name: "shop-git" },
  type,
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)])),
});

export const base64 = (text: string): string => Buffer.from(text).toString("base64");
export const decoded = (data: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );

export function url(text: string): GitUrl {
  const parsed = parseGitUrl(text);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return parsed;
}

export const SSH = url("git@github.com:acme/shop.git");
export const HTTPS = url("https://git.example.com/acme/shop.git");
