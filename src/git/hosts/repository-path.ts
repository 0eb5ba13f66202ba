import { apiUrlOf, type Generate } from "../../api/generate.ts";
import { repositoryPath } from "../../api/generated.ts";
import type { GitUrl } from "../../api/git-url.ts";
import type { RepositoryOnHost } from "./host.ts";

/**
 * The repository that a git URL names, at the host that spec.git.credential.generate names. Whether the two hosts
 * belong together is not looked at: many have another name for SSH than for HTTPS.
 */
export const repositoryOnHost = (
  generate: Pick<Generate, "provider" | "apiURL">,
  url: Pick<GitUrl, "url">,
): RepositoryOnHost => ({
  provider: generate.provider,
  apiURL: apiUrlOf(generate),
  path: repositoryPath(url),
});

/**
 * The parts of a path on a host, each fit for a URL's path; undefined where it is none. `..` would lead a call to
 * another place of the API than the one it is for.
 */
export function segmentsOf(path: string): string[] | undefined {
  const segments = path.split("/");
  return segments.every((segment) => /^[\w.+~-]+$/.test(segment) && !/^\.\.?$/.test(segment))
    ? segments
    : undefined;
}
