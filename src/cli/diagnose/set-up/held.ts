import { ANNOTATIONS, LABELS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { type LiveObject, ownership } from "../../../machine/index.ts";
import { describe, homeNamespace, type ObjectId } from "../../../plan/index.ts";
import { asLive, PROJECTS, projectKey, refOf, resourceOf } from "../../../reconcile/resources.ts";
import { HELD_BY_ANOTHER } from "../catalogue/set-up-conflict.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { ownerOf, readNamespace } from "../reads/namespaces.ts";
import { troubleOf } from "./trouble.ts";

/** An object that the project needs and somebody else has: who, and how it is handed over. */
export async function heldByAnother(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  const id = trouble?.object;
  if (trouble?.reason !== "HeldByAnother" || id === undefined) return [];
  const seen = await look.getMetadata(resourceOf(id.kind), refOf(id));
  // Gone since: the operator goes on by itself at its next resync.
  if (seen.state === "missing") return [];
  const live = seen.state === "found" ? asLive(seen.object) : undefined;
  const owner = live && ownership(live, await homeIsOurs(look, id, project), project);
  if (owner !== undefined && owner.kind !== "foreign") return [];
  return [
    found(HELD_BY_ANOTHER, {
      project: projectKey(project.metadata),
      environment: id.environment,
      object: describe(id),
      what: `${describe(id)}, which ${id.environment} needs, is held by ${owner?.holder ?? "someone else"}`,
      evidence: live === undefined ? trouble.message : marksOf(live),
      cause: `it was there before, and is not touched. Hand it over with the command below (or the label ${LABELS.adopt}=${project.spec.projectId}), or choose another name, so that ${homeNamespace(id)} is not needed`,
      fix: await handOver(look, id, live, project),
      since: trouble.since,
    }),
  ];
}

async function homeIsOurs(look: Look, id: ObjectId, { metadata }: ProjectGitOps): Promise<boolean> {
  if (id.kind === "Namespace") return true;
  const home = await readNamespace(look, id.namespace);
  return home.state === "found" && home.object.metadata.annotations?.[ANNOTATIONS.ownerUid] === metadata.uid;
}

/** What the object itself says of whose it is. */
function marksOf({ metadata }: LiveObject): string {
  const marks = [ANNOTATIONS.owner, ANNOTATIONS.ownerUid, ANNOTATIONS.adoptBy].flatMap((key) => {
    const value = metadata.annotations?.[key];
    return value === undefined ? [] : [`${key}: ${value}`];
  });
  const managers = [...new Set((metadata.managedFields ?? []).map(({ manager }) => manager))];
  return [
    `created ${metadata.creationTimestamp}, written by ${managers.join(", ") || "nobody known"}`,
    marks.length === 0 ? `no annotation ${ANNOTATIONS.owner}` : marks.join(", "),
  ].join("; ");
}

/** `adopt` shows what is in it and asks; marks of a project that is gone have to be taken off before. */
async function handOver(
  look: Look,
  id: ObjectId,
  live: LiveObject | undefined,
  { metadata }: ProjectGitOps,
): Promise<string> {
  if (live !== undefined && (await isAlive(look, live))) {
    // Its owner would take it back: only another name helps.
    return `kubectl edit pgops ${metadata.name} -n ${metadata.namespace}`;
  }
  const where = id.namespace === "" ? "" : ` -n ${id.namespace}`;
  const target = id.kind === "Namespace" ? id.name : `${id.kind}/${id.name}${where}`;
  const adopt = `projectgitops adopt ${target} --project ${metadata.namespace}/${metadata.name}`;
  if (live?.metadata.annotations?.[ANNOTATIONS.ownerUid] === undefined) return adopt;
  const what = `${id.kind.toLowerCase()} ${id.name}${where}`;
  return `kubectl annotate ${what} ${ANNOTATIONS.owner}- ${ANNOTATIONS.ownerUid}-\n${adopt}`;
}

/** Whether the ProjectGitOps that it names as its owner is there, with that uid. */
async function isAlive(look: Look, live: LiveObject): Promise<boolean> {
  const [namespace = "", name = ""] = ownerOf(live.metadata)?.split("/") ?? [];
  if (name === "") return false;
  const seen = await look.get(PROJECTS, { namespace, name });
  return (
    seen.state === "found" && seen.object.metadata.uid === live.metadata.annotations?.[ANNOTATIONS.ownerUid]
  );
}
