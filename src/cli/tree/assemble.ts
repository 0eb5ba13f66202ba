import { ANNOTATIONS } from "../../api/names.ts";
import type { EnvironmentStatus, FluxHealth, ProjectGitOps, TriState } from "../../api/schema.ts";
import type { KubeObject } from "../../kube/index.ts";
import { fromInventory, healthOf, type LiveObject } from "../../machine/index.ts";
import {
  apiVersionOf,
  homeNamespace,
  isDelivery,
  isFlux,
  type ObjectId,
  objectKey,
  plannedIds,
} from "../../plan/index.ts";
import { deliveredBy, unread } from "./delivered.ts";
import type { TreeEnvironment, TreeObject, TreeProject } from "./model.ts";
import type { Sightings } from "./sighting.ts";

export interface PlacedId extends ObjectId {
  /** Name of the environment; undefined for one that the spec no longer names. */
  environment: string | undefined;
}

/** Every object of a project: what its spec leads to, and what its inventory still holds. */
export function idsOf({ spec, status }: ProjectGitOps): PlacedId[] {
  const planned = plannedIds(spec);
  const known = new Set(planned.map(objectKey));
  const spaces = new Map(planned.map((id) => [homeNamespace(id), id.environment]));
  const held = (status?.inventory?.entries ?? [])
    .flatMap((entry) => fromInventory(entry) ?? [])
    .filter((id) => !known.has(objectKey(id)))
    .map((id) => ({ ...id, environment: spaces.get(homeNamespace(id)) }));
  // Beside what has left the spec: what the operator's own defaults ask for, which no spec tells.
  return [...planned, ...held];
}

/** Puts what was read into the form of the tree. Pure. */
export function assemble(project: ProjectGitOps, sightings: Sightings): TreeProject {
  const { metadata, spec, status } = project;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const bySpace = Map.groupBy(idsOf(project), homeNamespace);
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    project: spec.projectId,
    phase: status?.phase ?? "",
    ready: ready?.status ?? "Unknown",
    message: ready?.message ?? status?.message ?? "not seen by the operator yet",
    environments: [...bySpace].map(([namespace, ids]) => environmentOf(project, namespace, ids, sightings)),
  };
}

function environmentOf(
  project: ProjectGitOps,
  namespace: string,
  ids: readonly PlacedId[],
  sightings: Sightings,
): TreeEnvironment {
  const name = ids[0]?.environment;
  const told = project.status?.environments?.find((one) => one.namespace === namespace);
  const objects = ids.map((id) => objectOf(project, id, sightings, told));
  const flux = objects.filter((_, place) => ids[place] && isFlux(ids[place].kind));
  const delivery = objects.find((_, place) => ids[place] && isDelivery(ids[place].kind));
  return {
    name: name ?? told?.name ?? namespace,
    namespace,
    desired: name !== undefined,
    ready: worst(flux.filter(({ suspended }) => !suspended)),
    ...(flux.some(({ suspended }) => suspended) ? { suspended: true } : {}),
    ...(delivery?.revision ? { revision: delivery.revision } : {}),
    objects,
  };
}

function objectOf(
  project: ProjectGitOps,
  id: PlacedId,
  sightings: Sightings,
  told: EnvironmentStatus | undefined,
): TreeObject {
  const { kind, namespace, name } = id;
  const about = { apiVersion: apiVersionOf(kind), kind, namespace, name };
  const previous = isDelivery(kind) ? told?.delivery : kind === "GitRepository" ? told?.source : undefined;
  const sighting = sightings.get(id);
  // What a person may not look at, the operator has told in the status.
  if (sighting.state === "unknown") return { ...about, presence: "unknown", ...inTree(previous) };
  if (sighting.state === "missing") return { ...about, presence: "missing" };
  const { object } = sighting;
  const presence = object.metadata?.deletionTimestamp === undefined ? "present" : "terminating";
  const detail = detailOf(object);
  const heldBy = holderOf(object, project);
  if (heldBy !== undefined) return { ...about, presence, heldBy };
  const delivered = isDelivery(kind) ? deliveredBy(object).map(unread) : [];
  return {
    ...about,
    presence,
    ...(isFlux(kind) ? inTree(healthOf(object as unknown as LiveObject, previous)) : {}),
    ...(detail ? { detail } : {}),
    ...(delivered.length > 0 ? { objects: delivered } : {}),
  };
}

function inTree(health: FluxHealth | undefined): Partial<TreeObject> {
  if (health === undefined) return {};
  const { ready, reason, message, revision, suspended } = health;
  return {
    health: { ready, reason, message },
    ...(revision ? { revision } : {}),
    ...(suspended ? { suspended } : {}),
  };
}

/** Undefined when it is this project's. */
function holderOf(object: KubeObject, { metadata }: ProjectGitOps): string | undefined {
  const annotations = object.metadata?.annotations ?? {};
  if (annotations[ANNOTATIONS.ownerUid] === metadata.uid) return undefined;
  const owner = annotations[ANNOTATIONS.owner] ?? "nobody";
  return owner === `${metadata.namespace}/${metadata.name}` ? `an earlier ${owner}` : owner;
}

/** The parts of all kinds that the tree tells something of. */
interface Told extends KubeObject {
  type?: string;
  roleRef?: { kind: string; name: string };
  spec?: { url?: string; ref?: Record<string, string>; path?: string };
}

function detailOf({ kind, type, roleRef, spec }: Told): string {
  if (type !== undefined) return type.replace("kubernetes.io/", "");
  if (roleRef !== undefined) return `${roleRef.kind} ${roleRef.name}`;
  if (kind === "GitRepository") return `${spec?.url ?? ""} @ ${Object.values(spec?.ref ?? {}).join(" ")}`;
  return spec?.path ?? "";
}

function worst(objects: readonly TreeObject[]): TriState {
  const states = objects.map(({ presence, health }) =>
    presence === "missing" ? "False" : (health?.ready ?? "Unknown"),
  );
  if (states.includes("False")) return "False";
  return states.includes("Unknown") ? "Unknown" : "True";
}
