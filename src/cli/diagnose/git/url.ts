import { parseGitUrl } from "../../../api/git-url.ts";
import { type ProjectGitOps, parseProject } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { GIT_URL_REFUSED } from "../catalogue/git-host.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { edit, patchProject } from "./fixes.ts";

/** A URL that slipped through admission: it was stored before the rule, or while the CRD was an older one. */
export async function gitUrlRefused(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { url } = project.spec.git;
  const read = parseGitUrl(url);
  const parsed = parseProject(project);
  // Beside other problems it is one of those that InvalidSpec lists.
  if (read.kind === "ok" || (!parsed.ok && parsed.problems.length > 1)) return [];
  const meant = correct(url);
  return [
    found(GIT_URL_REFUSED, {
      project: projectKey(project.metadata),
      object: `ProjectGitOps ${projectKey(project.metadata)}`,
      what: `spec.git.url of ${project.metadata.name} is not a URL that Flux can fetch from`,
      evidence: `spec.git.url: ${withoutSecrets(url)}`,
      cause: read.message,
      fix:
        meant === undefined
          ? edit(project)
          : patchProject(project, [{ op: "add", path: "/spec/git/url", value: meant }]),
      since: conditionOf(project, "Stalled")?.lastTransitionTime,
    }),
  ];
}

/** A user alone may be a token. */
const withoutSecrets = (url: string): string => url.replace(/:\/\/(?!git@)[^/@]*@/, "://[redacted]@");

/** What was meant, where that is plain: a port in the scp-like form, a password in the URL, http for https. */
function correct(url: string): string | undefined {
  const tries = [
    url.replace(/^([^/@:]+@[^/:]+):([0-9]+)\//, "ssh://$1:$2/"),
    url.replace(/^(https:\/\/)[^/@]*@/, "$1"),
    url.replace(/^(ssh:\/\/[^/@:]+):[^/@]*@/, "$1@"),
    url.replace(/^(http|git):\/\//, "https://"),
    url.trim(),
  ];
  return tries.find((one) => one !== url && parseGitUrl(one).kind === "ok");
}
