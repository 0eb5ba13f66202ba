import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { listedIn } from "../../../machine/index.ts";
import { environmentNamespace } from "../../../plan/index.ts";
import { DELETION_PROTECTED } from "../catalogue/set-up-removal.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type ProjectNamespaces, readNamespaces } from "../reads/namespaces.ts";
import { aboutProject } from "./about.ts";

/** Protected environments that should go. One finding: a confirmation names all of them. */
export async function deletionProtected(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const kept = waitingIn(project, await readNamespaces(look, project));
  if (kept.length === 0) return [];
  const { namespace, name, deletionTimestamp } = project.metadata;
  const confirmed = [...new Set([...listedIn(project, ANNOTATIONS.confirmDelete), ...kept])].join(",");
  const why =
    deletionTimestamp === undefined ? "left the spec" : "belongs to a project that is being deleted";
  return [
    found(DELETION_PROTECTED, {
      ...aboutProject(project),
      what: `${kept.join(", ")} ${why}, is protected, and is kept until somebody confirms`,
      evidence: `Namespace ${kept[0]} carries ${ANNOTATIONS.protected}: "true"`,
      cause: "protected environments go only when they are named in the annotation confirm-delete",
      fix: `kubectl annotate --overwrite pgops ${name} -n ${namespace} ${ANNOTATIONS.confirmDelete}=${confirmed}`,
      since: deletionTimestamp,
    }),
  ];
}

/** Names of the Namespaces that wait for a confirmation. Pure. */
function waitingIn(project: ProjectGitOps, { planned, others }: ProjectNamespaces): string[] {
  const { metadata, spec } = project;
  const inSpec = spec.environments.flatMap((environment) => {
    const seen = planned.get(environment.name);
    const isDoomed = metadata.deletionTimestamp !== undefined && environment.protected;
    return isDoomed && seen?.state === "found"
      ? [{ name: environmentNamespace(spec, environment), object: seen.object }]
      : [];
  });
  // Of what has left the spec only the Namespace itself knows whether it was protected.
  const left = others
    .filter((object) => object.metadata.annotations?.[ANNOTATIONS.protected] !== "false")
    .map((object) => ({ name: object.metadata.name, object }));
  const confirmed = listedIn(project, ANNOTATIONS.confirmDelete);
  return [...inSpec, ...left]
    .filter(({ object }) => object.metadata.annotations?.[ANNOTATIONS.ownerUid] === metadata.uid)
    .filter(({ name, object }) => !object.metadata.deletionTimestamp && !confirmed.includes(name))
    .map(({ name }) => name);
}
