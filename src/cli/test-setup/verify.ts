import { ANNOTATIONS, LABELS, MANAGED_BY } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, isNotFound, type KubeObject } from "../../kube/index.ts";
import { describe, isFlux, type ObjectId, plannedIds } from "../../plan/index.ts";
import { refOf, resourceOf } from "../../reconcile/resources.ts";
import { allowed } from "../answers.ts";

/** What was read back of the objects that a project has made. */
export interface Verified {
  /** As they should be. */
  objects: string[];
  /** What is not as it should be, in words. */
  problems: string[];
  /** Could not be read with this person's rights. */
  closed: string[];
}

/** Reads every object that the project's spec leads to. Of Secrets no data is read. */
export async function verify(client: BunK8sClient, project: ProjectGitOps): Promise<Verified> {
  const looks = await Promise.all(
    plannedIds(project.spec).map(async (id) => ({ id, object: await read(client, id) })),
  );
  const revisions = new Set(
    looks.flatMap(({ object }) => (typeof object === "object" ? revisionOf(object) : [])),
  );
  const verified: Verified = { objects: [], problems: [], closed: [] };
  for (const { id, object } of looks) {
    if (object === "closed") verified.closed.push(describe(id));
    else {
      const problems = object === "missing" ? ["is not there"] : problemsOf(project, object);
      if (problems.length === 0) verified.objects.push(describe(id));
      verified.problems.push(...problems.map((problem) => `${describe(id)} ${problem}`));
    }
  }
  if (revisions.size > 1)
    verified.problems.push(`Flux fetched and applied different revisions: ${[...revisions].join(", ")}`);
  return verified;
}

/** Whether the Namespaces of a project are gone, as the API server says; those that are not. */
export async function leftBehind(client: BunK8sClient, { spec }: ProjectGitOps): Promise<string[]> {
  const namespaces = plannedIds(spec).filter(({ kind }) => kind === "Namespace");
  const found = await Promise.all(
    namespaces.map(async (id) => (typeof (await read(client, id)) === "object" ? [describe(id)] : [])),
  );
  return found.flat();
}

async function read(client: BunK8sClient, id: ObjectId): Promise<KubeObject | "missing" | "closed"> {
  const inFull = isFlux(id.kind) || id.kind === "RoleBinding";
  const reading = inFull
    ? client.get(resourceOf(id.kind), refOf(id))
    : client.getMetadata(resourceOf(id.kind), refOf(id));
  try {
    return (await allowed<KubeObject>(reading)) ?? "closed";
  } catch (error) {
    if (isNotFound(error)) return "missing";
    throw error;
  }
}

function problemsOf({ metadata }: ProjectGitOps, object: KubeObject): string[] {
  const { labels = {}, annotations = {}, deletionTimestamp } = object.metadata ?? {};
  return [
    ...(labels[LABELS.managedBy] === MANAGED_BY
      ? []
      : [`lacks the label ${LABELS.managedBy}: ${MANAGED_BY}`]),
    ...(annotations[ANNOTATIONS.ownerUid] === metadata.uid ? [] : ["belongs to somebody else"]),
    ...(deletionTimestamp === undefined ? [] : ["is being deleted"]),
  ];
}

/** Of a source what was fetched, of a delivery what was applied. */
function revisionOf(object: KubeObject): string[] {
  const { status = {} } = object as {
    status?: { artifact?: { revision?: string }; lastAppliedRevision?: string };
  };
  const revision = status.artifact?.revision ?? status.lastAppliedRevision;
  return revision === undefined ? [] : [revision];
}
