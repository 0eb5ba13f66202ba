import { ANNOTATIONS, LABELS } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import { describe, homeNamespace, type ObjectId } from "../plan/index.ts";
import type { LiveObject } from "./observed.ts";

/** Whose an existing object is (DESIGN section 3, rule 1). */
export type Ownership =
  | { readonly kind: "ours" }
  /** Of an earlier ProjectGitOps of this namespace and name: taken over, where it is desired now. */
  | { readonly kind: "orphaned" }
  /** An administrator has labelled it for this project. */
  | { readonly kind: "adoptable" }
  | { readonly kind: "foreign"; readonly holder: string };

/**
 * Trust is anchored in the Namespace, which tenants cannot write: an object inside is ours only
 * where both the Namespace and the object carry our uid.
 *
 * @param homeIsOurs whether the Namespace that it stands in is ours; for a Namespace: true
 */
export function ownership(object: LiveObject, homeIsOurs: boolean, project: ProjectGitOps): Ownership {
  if (homeIsOurs && carriesOwner(object, project.metadata.uid ?? "")) return { kind: "ours" };
  if (homeIsOurs && isOrphanOf(object, project)) return { kind: "orphaned" };
  if (homeIsOurs && isAdoptable(object, project)) return { kind: "adoptable" };
  return { kind: "foreign", holder: holderOf(object) };
}

const ownerName = ({ metadata }: ProjectGitOps): string => `${metadata.namespace}/${metadata.name}`;

const isOrphanOf = (object: LiveObject, project: ProjectGitOps): boolean =>
  object.metadata.annotations?.[ANNOTATIONS.owner] === ownerName(project) &&
  Boolean(object.metadata.annotations[ANNOTATIONS.ownerUid]);

/** Only what nobody holds: the label on an object of another ProjectGitOps hands nothing over. */
function isAdoptable({ metadata }: LiveObject, project: ProjectGitOps): boolean {
  const { labels = {}, annotations = {} } = metadata;
  const by = annotations[ANNOTATIONS.adoptBy];
  return (
    labels[LABELS.adopt] === project.spec.projectId &&
    (by === undefined || by === ownerName(project)) &&
    annotations[ANNOTATIONS.ownerUid] === undefined
  );
}

export const carriesOwner = (object: LiveObject, uid: string): boolean =>
  object.metadata.annotations?.[ANNOTATIONS.ownerUid] === uid;

/** Made by our own POST, and by nobody else: what rollback and removal may delete. */
export const createdByUs = (object: LiveObject, uid: string): boolean =>
  object.metadata.annotations?.[ANNOTATIONS.createdBy] === uid;

/** Names the holder and the two ways out. */
export function heldMessage(id: ObjectId, holder: string, projectId: string): string {
  const where = homeNamespace(id);
  const handOver =
    id.kind === "Namespace"
      ? `label the namespace projectgitops.dev/adopt=${projectId} to hand it over`
      : `delete ${describe(id)} after a look at what is in it`;
  return (
    `${describe(id)} is held by ${holder}; it was not touched. ` +
    `Either ${handOver}, or choose another projectId or environment name so that ${where} is not needed`
  );
}

/** The owner that the object names, else its last writer. */
function holderOf(object: LiveObject): string {
  const owner = object.metadata.annotations?.[ANNOTATIONS.owner];
  const uid = object.metadata.annotations?.[ANNOTATIONS.ownerUid];
  if (owner) return `ProjectGitOps ${owner}${uid ? ` (uid ${uid})` : ""}`;
  const managers = [...new Set((object.metadata.managedFields ?? []).map((entry) => entry.manager))];
  const named = managers.filter((manager) => manager !== undefined);
  return named.length > 0
    ? `someone else (written by ${named.join(", ")})`
    : "someone else (it names no owner)";
}
