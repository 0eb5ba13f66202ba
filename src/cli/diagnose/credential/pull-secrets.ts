import type { ProjectGitOps } from "../../../api/schema.ts";
import { readImagePullSecret } from "../../../git/index.ts";
import { IMAGE_PULL_SECRET_INVALID, IMAGE_PULL_SECRET_MISSING } from "../catalogue/credential-copies.ts";
import type { Found } from "../finding-kind.ts";
import { patchProject } from "../git/fixes.ts";
import type { Look } from "../look.ts";
import type { SecretRef } from "../reads/credential.ts";
import { type PullSecretRead, readPullSecrets } from "../reads/pull-secrets.ts";
import { contents, foundIn, sinceOf, type Told } from "./facts.ts";
import { create, put, recreate } from "./fixes.ts";
import { nearThatFit } from "./near.ts";

/** Image pull Secrets that are missing, or are for something else. */
export async function unusablePullSecrets(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const all = await readPullSecrets(look, project);
  const told = await Promise.all(
    all.map(async (one) => {
      if (one.problem === undefined) return [];
      const about = one.secret === undefined ? await missing(look, project, one) : invalid(project, one);
      return [foundIn(project, one.ref, { ...about, since: sinceOf(project, one.problem.reason) })];
    }),
  );
  return told.flat();
}

async function missing(look: Look, project: ProjectGitOps, one: PullSecretRead): Promise<Told> {
  const { ref, environments } = one;
  const near = await nearThatFit(look, ref, (secret) => readImagePullSecret(secret).kind === "ok");
  const meant = near.names.length === 0 ? "" : `: did you mean ${near.names.join(" or ")}?`;
  return {
    kind: IMAGE_PULL_SECRET_MISSING,
    what: `There is no image pull Secret ${ref.name} in namespace ${ref.namespace}, which ${named(environments)}${meant}`,
    evidence:
      near.usable === undefined
        ? "the API server answers 404 NotFound"
        : `Secret ${ref.namespace}/${near.usable} is there and can be used`,
    cause:
      near.usable === undefined
        ? "it was never made, or in another namespace; docker login writes the file that it is made from"
        : "its name is written otherwise in imagePullSecrets",
    fix: near.usable === undefined ? create(ref, TYPE, FROM_FILE) : rename(project, ref.name, near.usable),
  };
}

function invalid(project: ProjectGitOps, { ref, environments, secret = {} }: PullSecretRead): Told {
  const about = {
    kind: IMAGE_PULL_SECRET_INVALID,
    what: `Secret ${ref.name}, which ${named(environments)} as image pull Secret, is not for a registry`,
    evidence: contents(secret),
  };
  if (readImagePullSecret({ ...secret, type: DOCKER }).kind === "ok") {
    const cause =
      "what it holds is right, and the type of a Secret cannot be changed: it is made anew with the same content";
    return { ...about, cause, fix: recreate(ref, `s#^type:.*#type: ${DOCKER}#`) };
  }
  if (secret.type === DOCKER) return { ...about, cause: "its key is empty", fix: put(ref, FROM_FILE) };
  const other = { ...ref, name: `${ref.name}-registry` };
  return {
    ...about,
    cause:
      "it was made for something else and may be in use there: the registry's belongs into one of its own",
    fix: `${create(other, TYPE, FROM_FILE)}\n${rename(project, ref.name, other.name)}`,
  };
}

const DOCKER = "kubernetes.io/dockerconfigjson";
const TYPE = `--type=${DOCKER}`;
const FROM_FILE = "--from-file=.dockerconfigjson=$HOME/.docker/config.json";

const named = (environments: readonly string[]): string =>
  `${environments.join(", ")} ${environments.length === 1 ? "names" : "name"}`;

/** In every environment that names it; nothing is changed where the list is another meanwhile. */
const rename = (project: ProjectGitOps, from: SecretRef["name"], to: string): string =>
  patchProject(
    project,
    project.spec.environments.flatMap(({ imagePullSecrets = [] }, at) =>
      imagePullSecrets.flatMap(({ name }, place) => {
        const path = `/spec/environments/${at}/imagePullSecrets/${place}/name`;
        return name === from
          ? [
              { op: "test" as const, path, value: from },
              { op: "add" as const, path, value: to },
            ]
          : [];
      }),
    ),
  );
