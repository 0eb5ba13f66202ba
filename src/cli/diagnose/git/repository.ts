import { gitSecretName } from "../../../api/names.ts";
import { environmentRef } from "../../../plan/index.ts";
import { REPOSITORY_NOT_FOUND } from "../catalogue/git-access.ts";
import { REPOSITORY_EMPTY } from "../catalogue/git-content.ts";
import { gitUrlOf } from "./credential.ts";
import { edit, printPublicKey } from "./fixes.ts";
import type { Tell, Trouble } from "./trouble.ts";

export const tellRepositoryNotFound: Tell = (trouble) => {
  const { project, names, first } = trouble;
  const url = gitUrlOf(project);
  const host = url?.host ?? "the git host";
  const byKey = url?.transport === "ssh";
  return {
    kind: REPOSITORY_NOT_FOUND,
    what: `The git host has no repository ${pathOf(trouble)} for ${names}`,
    cause: byKey
      ? `the path in spec.git.url is wrong, or the key has no access: ${host} says the same for both. The first line prints the key that the repository must know, the second corrects the path`
      : `the path in spec.git.url is wrong, or ${project.spec.git.credential === undefined ? "the repository is private" : "the token may not see it"}: ${host} says the same for both`,
    fix: byKey
      ? `${printPublicKey(first.flux.namespace, gitSecretName(project.spec.projectId))}\n${edit(project)}`
      : edit(project),
  };
};

export const tellRepositoryEmpty: Tell = ({ project, names, first }) => {
  const ref = environmentRef(project.spec, first.flux.environment);
  const branch = ref.branch ?? "main";
  return {
    kind: REPOSITORY_EMPTY,
    what: `The repository of ${names} holds no commit yet`,
    cause: `it can be read, and nothing was ever pushed to it; Flux waits for ${ref.branch === undefined ? "its ref" : `branch ${branch}`}`,
    fix: `git push ${project.spec.git.url} HEAD:refs/heads/${branch}`,
  };
};

/** `acme/shop`, as people call it. */
const pathOf = ({ project }: Trouble): string =>
  /^[a-z]+:\/\/[^/]+\/(.+?)(\.git)?\/?$/.exec(gitUrlOf(project)?.url ?? "")?.[1] ?? project.spec.git.url;
