import type { Milliseconds } from "../../api/duration.ts";

/** GitHub's advice where a limit comes without a time: wait at least one minute. */
const WITHOUT_A_TIME: Milliseconds = 60_000;

/**
 * When a host may be asked again, in epoch milliseconds; undefined where the answer speaks of no limit.
 * 429 (RFC 6585), and GitHub's 403: with Retry-After, with x-ratelimit-remaining 0, or in words alone.
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @see https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
 */
export function rateLimitedUntil(
  { status, headers }: Pick<Response, "status" | "headers">,
  words: string | undefined,
  now: number,
): number | undefined {
  const isUsedUp = headers.get("x-ratelimit-remaining") === "0";
  const isLimit =
    status === 429 ||
    (status === 403 && (isUsedUp || headers.has("retry-after") || /\brate limit\b/i.test(words ?? "")));
  if (!isLimit) return undefined;
  return retryAfter(headers, now) ?? resetAt(headers) ?? now + WITHOUT_A_TIME;
}

/** Retry-After as epoch milliseconds: seconds or a date. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const at = /^\d+$/.test(text) ? now + Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(now, at);
}

/** Seconds since 1970, as GitHub and GitLab say them. */
function resetAt(headers: Headers): number | undefined {
  const text = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset");
  return text !== null && /^\d+$/.test(text) ? Number(text) * 1000 : undefined;
}
