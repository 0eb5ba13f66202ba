import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { FLUX_FINALIZER, type LiveObject, listedIn } from "../../../machine/index.ts";
import { describe, isFlux } from "../../../plan/index.ts";
import { asLive, projectKey, refOf, resourceOf } from "../../../reconcile/resources.ts";
import { idsOf, type PlacedId } from "../../tree/assemble.ts";
import { FLUX_NOT_RESPONDING } from "../catalogue/set-up-removal.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";

/** Flux takes its finalizer off in under a second; the operator too waits so long before it complains. */
const FLUX_ANSWERS_WITHIN_MS = 60_000;

/** Objects of ours that wait for Flux's finalizer to be taken off. One finding: its command names all of them. */
export async function fluxNotResponding(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const ids = idsOf(project).filter(({ kind }) => isFlux(kind));
  const seen = await Promise.all(
    ids.map(async (id) => ({ id, seen: await look.get(resourceOf(id.kind), refOf(id)) })),
  );
  const silent = seen.flatMap(({ id, seen }) =>
    seen.state === "found" && isSilent(asLive(seen.object), project, look.now)
      ? [{ id, live: asLive(seen.object) }]
      : [],
  );
  const [first] = silent;
  return first === undefined ? [] : [waiting(project, first, silent)];
}

function isSilent({ metadata }: LiveObject, project: ProjectGitOps, now: number): boolean {
  const { deletionTimestamp, finalizers = [], annotations } = metadata;
  return (
    annotations?.[ANNOTATIONS.ownerUid] === project.metadata.uid &&
    finalizers.includes(FLUX_FINALIZER) &&
    now - Date.parse(deletionTimestamp ?? "") >= FLUX_ANSWERS_WITHIN_MS
  );
}

interface Silent {
  readonly id: PlacedId;
  readonly live: LiveObject;
}

function waiting(project: ProjectGitOps, { id, live }: Silent, silent: readonly Silent[]): Found {
  const { namespace, name } = project.metadata;
  const more = silent.length > 1 ? ` and ${silent.length - 1} more` : "";
  const homes = [
    ...new Set([
      ...listedIn(project, ANNOTATIONS.forceDelete),
      ...silent.map(({ id: { namespace } }) => namespace),
    ]),
  ];
  return found(FLUX_NOT_RESPONDING, {
    project: projectKey(project.metadata),
    object: describe(id),
    what: `${describe(id)}${more} waits for Flux to take its finalizer off, and Flux does not answer`,
    evidence: `deletionTimestamp ${live.metadata.deletionTimestamp}, finalizers: ${live.metadata.finalizers?.join(", ")}`,
    cause:
      "Flux prunes first what it deployed. Is the controller running? The command below is for a cluster where there is no Flux any more: it goes without pruning",
    fix: `kubectl annotate --overwrite pgops ${name} -n ${namespace} ${ANNOTATIONS.forceDelete}=${homes.join(",")}`,
    since: live.metadata.deletionTimestamp,
  });
}
