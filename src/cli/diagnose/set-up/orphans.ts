import { ANNOTATIONS, LABELS, MANAGED_SELECTOR } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import type { LiveObject } from "../../../machine/index.ts";
import { describe, KINDS, type ManagedKind, type ObjectId, objectKey } from "../../../plan/index.ts";
import { asLive, projectKey, resourceOf } from "../../../reconcile/resources.ts";
import { idsOf } from "../../tree/assemble.ts";
import { ORPHAN_FOUND } from "../catalogue/set-up-removal.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { ownerOf, readNamespaces } from "../reads/namespaces.ts";

interface Orphan {
  readonly id: ObjectId;
  readonly live: LiveObject;
}

/** What an earlier ProjectGitOps of this name left, and this one does not ask for. */
export async function orphanFound(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { others } = await readNamespaces(look, project);
  const namespaces = others
    .filter((live) => isOrphan(live, project))
    .map((live): Orphan => ({ id: { kind: "Namespace", namespace: "", name: live.metadata.name }, live }));
  const gone = new Set(namespaces.map(({ id }) => id.name));
  const inside = await orphansInside(look, project);
  return [...namespaces, ...inside.filter(({ id }) => !gone.has(id.namespace))].map((orphan) =>
    orphaned(project, orphan),
  );
}

/** Single objects: rare, so looked for only where the operator tells of an orphan. */
async function orphansInside(look: Look, project: ProjectGitOps): Promise<Orphan[]> {
  if (!conditionOf(project, "Ready")?.message.includes(ORPHAN_FOUND.id)) return [];
  const labelSelector = `${MANAGED_SELECTOR},${LABELS.project}=${project.spec.projectId}`;
  const wanted = new Set(idsOf(project).map(objectKey));
  const kinds = KINDS.filter((kind) => kind !== "Namespace");
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const items = (await look.listMetadata(resourceOf(kind), { labelSelector })) ?? [];
      return items.map((item) => ({ id: idOf(kind, asLive(item)), live: asLive(item) }));
    }),
  );
  return lists.flat().filter(({ id, live }) => isOrphan(live, project) && !wanted.has(objectKey(id)));
}

const idOf = (kind: ManagedKind, { metadata }: LiveObject): ObjectId => ({
  kind,
  namespace: metadata.namespace ?? "",
  name: metadata.name,
});

function isOrphan({ metadata }: LiveObject, project: ProjectGitOps): boolean {
  const uid = metadata.annotations?.[ANNOTATIONS.ownerUid];
  return (
    ownerOf(metadata) === projectKey(project.metadata) && uid !== undefined && uid !== project.metadata.uid
  );
}

function orphaned(project: ProjectGitOps, { id, live }: Orphan): Found {
  const { metadata } = live;
  const where = id.namespace === "" ? "" : ` -n ${id.namespace}`;
  return found(ORPHAN_FOUND, {
    project: projectKey(project.metadata),
    object: describe(id),
    what: `${describe(id)} is left of an earlier ProjectGitOps of this name`,
    evidence: `${ANNOTATIONS.ownerUid}: ${metadata.annotations?.[ANNOTATIONS.ownerUid]}, and ${project.metadata.name} has ${project.metadata.uid}`,
    cause:
      "what the spec does not ask for is never deleted: look at what is in it, then delete it, or put its environment into the spec, and it is taken over",
    fix: `kubectl delete ${id.kind.toLowerCase()} ${id.name}${where}`,
    since: metadata.creationTimestamp,
  });
}
