import type { EnvironmentStatus, FluxHealth } from "../api/schema.ts";
import { environmentNamespace, isDelivery, type ObjectId, objectKey, plannedIds } from "../plan/index.ts";
import { healthOf } from "./health.ts";
import { fromInventory } from "./inventory.ts";
import { homeIsOurs, homeOf } from "./namespaces.ts";
import { type Observed, plannedIn, sightingOf } from "./observed.ts";
import { carriesOwner } from "./ownership.ts";
import type { DesiredState } from "./state.ts";

/** What Flux says of each environment; what was not looked at in this pass stays as it was. */
export function environmentStatuses(observed: Observed): EnvironmentStatus[] {
  const { spec, status } = observed.project;
  const ids = plannedIds(spec);
  return spec.environments.map(({ name }) => {
    const environment = spec.environments.find((other) => other.name === name);
    const previous = status?.environments?.find((other) => other.name === name);
    const own = ids.filter((id) => id.environment === name);
    const source = health(
      observed,
      own.find(({ kind }) => kind === "GitRepository"),
      previous?.source,
    );
    const delivery = health(
      observed,
      own.find(({ kind }) => isDelivery(kind)),
      previous?.delivery,
    );
    return {
      name,
      namespace: environment ? environmentNamespace(spec, environment) : "",
      ...(source ? { source } : {}),
      ...(delivery ? { delivery } : {}),
    };
  });
}

/** Source and delivery of it are Ready, or suspended on purpose. */
export const isReady = ({ source, delivery }: EnvironmentStatus): boolean =>
  [source, delivery].every((health) => health?.ready === "True" || health?.suspended === true);

function health(observed: Observed, id: ObjectId | undefined, previous?: FluxHealth): FluxHealth | undefined {
  if (id === undefined) return previous;
  const sighting = sightingOf(observed, id);
  switch (sighting.state) {
    case "present":
      return healthOf(sighting.object, previous);
    case "intact":
      return sighting.health ?? previous;
    default:
      return previous;
  }
}

/** Every object that is managed now: made or found by this pass, or known before and not seen to be gone. */
export function managedIds(desired: DesiredState, observed: Observed): ObjectId[] {
  const before = (observed.project.status?.inventory?.entries ?? []).flatMap(
    (entry) => fromInventory(entry) ?? [],
  );
  const held = new Set([...before, ...observed.known].map(objectKey));
  const wanted = new Set(desired.objects.map(objectKey));
  const candidates = [...before, ...observed.known, ...plannedIn(observed), ...desired.objects];
  return candidates.filter((id) => {
    const { state } = sightingOf(observed, id);
    if (state === "absent" || isHomeless(observed, id, wanted)) return false;
    return state === "intact" || state === "present"
      ? isOurs(observed, id, held, wanted)
      : held.has(objectKey(id));
  });
}

/** Its Namespace is gone, or somebody else's by now: nothing of ours is in it, and removal looks no further. */
function isHomeless(observed: Observed, id: ObjectId, wanted: ReadonlySet<string>): boolean {
  if (id.kind === "Namespace" || wanted.has(objectKey(id))) return false;
  const home = homeOf(observed, id);
  return home.state === "absent" || (home.state === "present" && !homeIsOurs(observed, id));
}

/** What is present but someone else's does not come into the inventory; what was orphaned leaves it. */
function isOurs(
  observed: Observed,
  id: ObjectId,
  held: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): boolean {
  const sighting = sightingOf(observed, id);
  if (sighting.state !== "present") return true;
  return (
    (held.has(objectKey(id)) && wanted.has(objectKey(id))) ||
    carriesOwner(sighting.object, observed.project.metadata.uid ?? "")
  );
}
