import { carriesOwner, type DesiredState, drift, healthOf, type Observed } from "../machine/index.ts";
import { isDelivery, isFlux, objectKey } from "../plan/index.ts";
import type { DriftLog } from "./drift-log.ts";
import type { World } from "./world.ts";

/** Remembers which objects were found to match, and at which version: those need no read until it changes. */
export function verifyAll(world: World, log: DriftLog, desired: DesiredState, observed: Observed): void {
  const uid = observed.project.metadata.uid ?? "";
  for (const wanted of desired.objects) {
    const sighting = observed.sightings.get(objectKey(wanted));
    if (sighting?.state !== "present") continue;
    const live = sighting.object;
    if (!carriesOwner(live, uid) || live.metadata.deletionTimestamp !== undefined) continue;
    if (!observed.applied.has(objectKey(wanted)) && drift(wanted.manifest, live).length > 0) continue;
    const environment = observed.project.status?.environments?.find(
      ({ name }) => name === wanted.environment,
    );
    const previous = isDelivery(wanted.kind) ? environment?.delivery : environment?.source;
    log.matched(wanted, wanted.hash);
    world.verify(wanted, live, wanted.hash, isFlux(wanted.kind) ? healthOf(live, previous) : undefined);
  }
}
