import type { ProjectGitOps } from "../../../api/schema.ts";
import { environmentNamespace } from "../../../plan/index.ts";
import { PROJECTS, projectKey } from "../../../reconcile/resources.ts";
import { DUPLICATE_PROJECT } from "../catalogue/set-up-conflict.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { aboutProject } from "./about.ts";
import { isReadable } from "./spec.ts";
import { troubleOf } from "./trouble.ts";

/** Of two projects that want the same the younger one is told of. */
export async function duplicateProject(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  if (trouble?.reason !== "DuplicateProject" || project.metadata.deletionTimestamp) return [];
  const { namespace, name } = project.metadata;
  const peer = peerOf(project, (await look.list(PROJECTS)) ?? []);
  const { projectId } = project.spec;
  const shared = peer === undefined ? [] : sharedNamespaces(project, peer);
  const what =
    peer === undefined
      ? `another project wants what ${name} wants`
      : `${peer.spec.projectId === projectId ? `projectId ${projectId}` : shared.join(", ")} belongs to ProjectGitOps ${projectKey(peer.metadata)}`;
  return [
    found(DUPLICATE_PROJECT, {
      ...aboutProject(project),
      what,
      evidence: peer === undefined ? trouble.message : seen(project, peer),
      cause: `one of the two has to go: ${name} goes on by itself when the other is gone, or is applied again under another projectId`,
      fix: `projectgitops delete ${name} -n ${namespace}`,
      since: trouble.since,
    }),
  ];
}

/** The other one, the oldest first. Pure. */
function peerOf(project: ProjectGitOps, all: readonly ProjectGitOps[]): ProjectGitOps | undefined {
  const peers = all.filter(
    (other) =>
      isReadable(other) &&
      other.metadata.uid !== project.metadata.uid &&
      (other.spec.projectId === project.spec.projectId || sharedNamespaces(project, other).length > 0),
  );
  return peers.toSorted((a, b) => born(a).localeCompare(born(b)))[0];
}

const namespacesOf = ({ spec }: ProjectGitOps): string[] =>
  spec.environments.map((environment) => environmentNamespace(spec, environment));

function sharedNamespaces(one: ProjectGitOps, other: ProjectGitOps): string[] {
  const theirs = new Set(namespacesOf(other));
  return namespacesOf(one).filter((name) => theirs.has(name));
}

const born = ({ metadata }: ProjectGitOps): string => metadata.creationTimestamp ?? "";

const seen = (project: ProjectGitOps, peer: ProjectGitOps): string =>
  `${projectKey(peer.metadata)} was created ${born(peer)}, ${projectKey(project.metadata)} ${born(project)}`;
