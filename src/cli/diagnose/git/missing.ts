import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { GIT_REPOSITORY_MISSING } from "../catalogue/git-host.ts";
import { type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { readFluxObjects } from "../reads/flux-objects.ts";

/** A GitRepository that was there and is not: before the first COMPLETED it has only not been made yet. */
export async function gitRepositoryMissing(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { metadata, status } = project;
  if (metadata.deletionTimestamp !== undefined || status?.completedAt === undefined) return [];
  const made = (await readFluxObjects(look, project)).filter(
    ({ source, environment }) =>
      source.state === "missing" &&
      status.environments?.find(({ name }) => name === environment.name)?.source,
  );
  const [first] = made;
  if (first === undefined) return [];
  return [
    found(GIT_REPOSITORY_MISSING, {
      project: projectKey(metadata),
      environment: made.length === 1 ? first.environment.name : undefined,
      object: first.source.object,
      what: `The GitRepository of ${inWords(made.map(({ environment }) => environment.name))} is gone: no push arrives any more`,
      evidence: "the API server says: not found",
      cause: "somebody deleted it; the operator makes it again at its next look, if it runs",
      fix: `projectgitops reconcile ${metadata.name} -n ${metadata.namespace}`,
    }),
  ];
}
