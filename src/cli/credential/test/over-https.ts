import { type GitUrl, gitHostOf } from "../../../api/git-url.ts";
import type { GitCredential } from "../../../git/index.ts";
import { parseRefs } from "../../diagnose/git/remote-refs.ts";
import { type RefsAnswer, requestRefs } from "../request-refs.ts";
import { type Check, failed, ok, unknown } from "./check.ts";

/** Asks the git host for the refs of the repository, with the credential, from this machine. */
export async function overHttps(
  url: GitUrl,
  credential: GitCredential | "none",
  timeoutMs: number,
  interrupted: AbortSignal,
): Promise<Check> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await requestRefs(url, credential, AbortSignal.any([late, interrupted]));
    return judge(url, credential, answer);
  } catch (error) {
    const host = gitHostOf(url);
    if (late.aborted) return unknown("git", `${host} did not answer within ${timeoutMs} ms`);
    // Messages of fetch may repeat a header's value: only their code is told.
    const code = String((error as { code?: unknown } | undefined)?.code ?? "the request failed");
    return /CERT|SIGN|VERIFY|ISSUER|TLS|SSL|ALTNAME/.test(code)
      ? failed(
          "git",
          `${host}: its certificate is not trusted (${code})`,
          "put the host's certificate authority under ca.crt into the Secret",
        )
      : unknown("git", `${host}: no connection from this machine (${code})`);
  }
}

/** What the answer says of the credential. Pure. */
export function judge(url: GitUrl, credential: GitCredential | "none", answer: RefsAnswer): Check {
  const host = gitHostOf(url);
  const who = credential === "none" ? "without a credential" : "with the credential";
  const { status, contentType, location, body } = answer;
  if (status === 200 && contentType === "application/x-git-upload-pack-advertisement") {
    const { branches, tags } = parseRefs(body);
    return ok(
      "git",
      `${host} answers ${who}: ${count(branches, "branch", "branches")}, ${count(tags, "tag", "tags")}`,
    );
  }
  if (status >= 300 && status < 400)
    return failed(
      "git",
      `${host} sends on to ${location ?? "another place"}, which is not followed because it could carry the credential elsewhere`,
      "write the address that the host sends on to into spec.git.url, if it is meant",
    );
  if (status >= 500 || status === 429) return unknown("git", `${host} answers ${status} ${who}`);
  const [message, next] = REFUSED[status] ?? [
    `answers ${status} ${contentType || "without a content type"}, which is no git repository`,
    "check spec.git.url",
  ];
  return failed("git", `${host} ${message} (${status}, ${who})`, next);
}

const REFUSED: Readonly<Record<number, readonly [string, string]>> = {
  401: ["does not accept it", "it expired, was revoked or is mistyped: put a new one into the Secret"],
  403: [
    "knows it, but it may not read this repository",
    "give it the right to read the repository at the host",
  ],
  404: [
    "says there is no such repository, or hides it from this credential",
    "check the path in spec.git.url, and that the credential may read the repository",
  ],
};

const count = (names: readonly string[], one: string, many: string): string =>
  `${names.length} ${names.length === 1 ? one : many}`;
