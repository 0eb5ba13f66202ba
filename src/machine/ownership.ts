import { ANNOTATIONS } from "../api/names.ts";
import { describe, homeNamespace, type ObjectId } from "../plan/index.ts";
import type { LiveObject } from "./observed.ts";

/** Whose an existing object is (DESIGN section 3, rule 1). Orphaned and adoptable ones come with issue 4. */
export type Ownership = { readonly kind: "ours" } | { readonly kind: "foreign"; readonly holder: string };

/**
 * Trust is anchored in the Namespace, which tenants cannot write: an object inside is ours only
 * where both the Namespace and the object carry our uid.
 *
 * @param homeIsOurs whether the Namespace that it stands in is ours; for a Namespace: true
 */
export function ownership(object: LiveObject, homeIsOurs: boolean, uid: string): Ownership {
  if (homeIsOurs && carriesOwner(object, uid)) return { kind: "ours" };
  return { kind: "foreign", holder: holderOf(object) };
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
