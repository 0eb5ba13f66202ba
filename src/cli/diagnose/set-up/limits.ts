import { parseGitUrl } from "../../../api/git-url.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import {
  PROJECT_NOT_ALLOWED,
  REPOSITORY_NOT_ALLOWED,
  TOO_MANY_ENVIRONMENTS,
} from "../catalogue/set-up-limits.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readNamespace } from "../reads/namespaces.ts";
import { aboutProject } from "./about.ts";

const LIMITS = {
  ProjectNotAllowed: {
    kind: PROJECT_NOT_ALLOWED,
    annotation: ANNOTATIONS.allowedProjects,
    valueOf: ({ spec }: ProjectGitOps) => spec.projectId,
    wantedOf: added,
  },
  RepositoryNotAllowed: {
    kind: REPOSITORY_NOT_ALLOWED,
    annotation: ANNOTATIONS.allowedRepositories,
    valueOf: ({ spec }: ProjectGitOps) => {
      const url = parseGitUrl(spec.git.url);
      return url.kind === "ok" ? url.url : spec.git.url;
    },
    wantedOf: added,
  },
  TooManyEnvironments: {
    kind: TOO_MANY_ENVIRONMENTS,
    annotation: ANNOTATIONS.maxEnvironments,
    valueOf: ({ spec }: ProjectGitOps) =>
      `${spec.environments.length} ${spec.environments.length === 1 ? "environment" : "environments"}`,
    wantedOf: (_listed: string | undefined, _value: string, { spec }: ProjectGitOps) =>
      String(spec.environments.length),
  },
} as const;

/** The operator judges, for only it knows its --tenancy; the Namespace's annotation is what to change. */
export async function notAllowed(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const ready = conditionOf(project, "Ready");
  const limit = LIMITS[ready?.reason as keyof typeof LIMITS];
  if (limit === undefined) return [];
  const { namespace, name } = project.metadata;
  const home = await readNamespace(look, namespace);
  const listed = home.state === "found" ? home.object.metadata.annotations?.[limit.annotation] : undefined;
  const value = limit.valueOf(project);
  const wanted = limit.wantedOf(listed, value, project);
  return [
    found(limit.kind, {
      ...aboutProject(project),
      object: `Namespace ${namespace}`,
      what: `namespace ${namespace} does not allow ${value}, which ${name} asks for`,
      evidence:
        listed === undefined
          ? `it carries no ${limit.annotation}, and the operator runs with --tenancy=strict`
          : `its annotation ${limit.annotation} is "${listed}"`,
      fix: `kubectl annotate --overwrite namespace ${namespace} '${limit.annotation}=${wanted}'`,
      since: ready?.lastTransitionTime,
    }),
  ];
}

/** A list of what is allowed gets one more. */
function added(listed: string | undefined, value: string): string {
  return [listed, value].filter(Boolean).join(",");
}
