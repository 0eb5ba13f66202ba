import type { ProjectGitOps } from "../../../api/schema.ts";
import { canonicalJson } from "../../../plan/hash.ts";
import { environmentRef } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { SOURCE_FAILING } from "../catalogue/git-content.ts";
import { type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { readFluxObjects } from "../reads/flux-objects.ts";
import { tellCertificate } from "./certificate.ts";
import type { SourceTrouble } from "./classify.ts";
import { tellHostKeyChanged, tellHostKeyUnknown } from "./host-key.ts";
import { tellConnectionRefused, tellHostNotFound, tellTimeout } from "./reach-host.ts";
import {
  tellBranchNotFound,
  tellCommitNotFound,
  tellRefNotFound,
  tellSemverNotMatched,
  tellTagNotFound,
} from "./ref.ts";
import { tellRepositoryEmpty, tellRepositoryNotFound } from "./repository.ts";
import { tellKeyRefused, tellTokenRefused } from "./sign-in.ts";
import { type SourceFailure, sourceFailures } from "./source-failures.ts";
import type { Tell, Trouble } from "./trouble.ts";

const tellSourceFailing: Tell = ({ project, names }) => ({
  kind: SOURCE_FAILING,
  what: `Flux cannot fetch from git for ${names}`,
  cause: "no check of diagnose knows these words: they are all that Flux says of it",
  fix: `projectgitops reconcile ${project.metadata.name} -n ${project.metadata.namespace} --with-source`,
});

const TELL: Readonly<Record<SourceTrouble, Tell>> = {
  GitHostNotFound: tellHostNotFound,
  GitConnectionRefused: tellConnectionRefused,
  GitHostTimeout: tellTimeout,
  GitCertificateUntrusted: tellCertificate,
  HostKeyChanged: tellHostKeyChanged,
  HostKeyUnknown: tellHostKeyUnknown,
  KeyRefused: tellKeyRefused,
  TokenRefused: tellTokenRefused,
  RepositoryNotFound: tellRepositoryNotFound,
  RepositoryEmpty: tellRepositoryEmpty,
  BranchNotFound: tellBranchNotFound,
  TagNotFound: tellTagNotFound,
  SemverNotMatched: tellSemverNotMatched,
  CommitNotFound: tellCommitNotFound,
  RefNotFound: tellRefNotFound,
  SourceFailing: tellSourceFailing,
};

/** What keeps Flux from fetching. The same trouble of several environments is told once, for all of them. */
export async function sourceTroubles(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const failures = await sourceFailures(look, project);
  if (failures.length === 0) return [];
  const working = (await readFluxObjects(look, project)).filter(
    ({ source }) => source.health?.ready === "True",
  );
  const groups = Map.groupBy(failures, (failure) => alike(project, failure));
  return Promise.all(
    [...groups.values()].map(async (group) => {
      const [first] = group as [SourceFailure, ...SourceFailure[]];
      const names = inWords(group.map(({ flux }) => flux.environment.name));
      const trouble: Trouble = { project, first, failures: group, names, working };
      const { kind, ...told } = await TELL[first.trouble](trouble, look);
      return found(kind, { ...told, ...whereAndWhen(trouble) });
    }),
  );
}

const OF_A_REF: ReadonlySet<SourceTrouble> = new Set([
  "BranchNotFound",
  "TagNotFound",
  "SemverNotMatched",
  "CommitNotFound",
  "RefNotFound",
]);

/** Failures with the same key are one trouble: the same sort, and where it is about a ref the same ref. */
function alike(project: ProjectGitOps, { trouble, flux, said }: SourceFailure): string {
  if (trouble === "SourceFailing") return `${trouble} ${said}`;
  if (!OF_A_REF.has(trouble)) return trouble;
  return `${trouble} ${canonicalJson(environmentRef(project.spec, flux.environment))}`;
}

/** One environment's trouble is placed there; that of several is the project's. */
export function whereAndWhen({ project, first, failures }: Trouble): Omit<Found, "kind" | "what"> {
  return {
    project: projectKey(project.metadata),
    ...(failures.length === 1
      ? { environment: first.flux.environment.name }
      : { environments: failures.map(({ flux }) => flux.environment.name) }),
    object: first.flux.source.object,
    evidence: first.said,
    since: failures.flatMap(({ since }) => since ?? []).toSorted()[0],
  };
}
