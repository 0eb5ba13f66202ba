import { type GitUrl, gitHostOf } from "../api/git-url.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { type CredentialProblem, type SecretLike, secretName } from "./problem.ts";

/** The hosts that a Secret's own annotation limits it to; undefined where it says nothing. */
export function gitHostsOf({ metadata }: SecretLike): string[] | undefined {
  const listed = metadata?.annotations?.[ANNOTATIONS.gitHosts];
  if (listed === undefined) return undefined;
  return listed
    .split(",")
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== "");
}

/** The Secret may not go to the host of the URL (DESIGN rule 10). */
export const hostNotAllowed = (secret: SecretLike, hosts: string[], url: GitUrl): CredentialProblem => ({
  kind: "problem",
  reason: "HostNotAllowed",
  fault: "HostNotAllowed",
  message: `${secretName(secret)} may be sent to ${hosts.join(", ") || "no host"} only (annotation ${ANNOTATIONS.gitHosts}), and spec.git.url names ${gitHostOf(url)}: add it there, or choose another Secret`,
});
