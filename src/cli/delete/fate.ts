import { ANNOTATIONS } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient, KubeObject } from "../../kube/index.ts";
import { environmentDeletionPolicy, homeNamespace, isDelivery } from "../../plan/index.ts";
import { idsOf, type PlacedId } from "../tree/assemble.ts";
import { deliveredBy } from "../tree/delivered.ts";
import { readManaged } from "../tree/read.ts";
import type { Sightings } from "../tree/sighting.ts";

/** What deleting a project does to one environment. */
export interface EnvironmentFate {
  name: string;
  namespace: string;
  fate: "goes" | "stays" | "protected" | "nothing there";
  /** Why, or what goes with it. */
  what: string;
}

/** Reads what there is, and tells of each environment what becomes of it. */
export async function fatesOf(client: BunK8sClient, project: ProjectGitOps): Promise<EnvironmentFate[]> {
  const ids = idsOf(project);
  const sightings = await readManaged(client, ids, [project]);
  return [...Map.groupBy(ids, homeNamespace)].map(([namespace, inside]) =>
    fateOf(project, namespace, inside, sightings),
  );
}

/** The rules of removal (DESIGN sections 3 and 5) as far as they can be told before. Pure. */
function fateOf(
  { metadata, spec }: ProjectGitOps,
  namespace: string,
  ids: readonly PlacedId[],
  sightings: Sightings,
): EnvironmentFate {
  const environment = spec.environments.find(({ name }) => name === ids[0]?.environment);
  const about = { name: environment?.name ?? "(leaving)", namespace };
  const home = sightings.get({ kind: "Namespace", namespace: "", name: namespace });
  if (home.state === "missing")
    return { ...about, fate: "nothing there", what: "the namespace is not there" };
  const annotations = home.state === "found" ? (home.object.metadata?.annotations ?? {}) : {};
  const isProtected = environment?.protected ?? annotations[ANNOTATIONS.protected] === "true";
  const confirmed = (metadata.annotations?.[ANNOTATIONS.confirmDelete] ?? "")
    .split(",")
    .map((one) => one.trim());
  if (isProtected && !confirmed.includes(namespace)) {
    return { ...about, fate: "protected", what: "kept until the deletion of this namespace is confirmed" };
  }
  const policy = environment
    ? environmentDeletionPolicy(spec, environment)
    : annotations[ANNOTATIONS.deletionPolicy];
  if (policy === "Orphan")
    return { ...about, fate: "stays", what: "deletionPolicy Orphan: all stays as it is" };
  if (home.state === "found" && annotations[ANNOTATIONS.createdBy] === undefined) {
    return { ...about, fate: "stays", what: "it was adopted: the namespace stays, what was made in it goes" };
  }
  return { ...about, fate: "goes", what: `the namespace and all in it${deployed(ids, sightings)}` };
}

function deployed(ids: readonly PlacedId[], sightings: Sightings): string {
  const found = ids
    .filter(({ kind }) => isDelivery(kind))
    .map((id) => sightings.get(id))
    .flatMap((sighting): KubeObject[] => (sighting.state === "found" ? [sighting.object] : []));
  const count = found.flatMap(deliveredBy).length;
  return count === 0 ? "" : `; Flux prunes ${count} ${count === 1 ? "object" : "objects"}`;
}
