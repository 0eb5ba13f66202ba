import { homeNamespace, type ObjectId } from "../plan/index.ts";
import { type LiveObject, type Observed, type Sighting, sightingOf, uidOf } from "./observed.ts";
import { carriesOwner } from "./ownership.ts";

export const homeOf = (observed: Observed, id: ObjectId): Sighting =>
  sightingOf(observed, { kind: "Namespace", namespace: "", name: homeNamespace(id) });

/** Whether the Namespace that an object stands in is ours; true for a Namespace, which stands in none. */
export function homeIsOurs(observed: Observed, id: ObjectId): boolean {
  if (id.kind === "Namespace") return true;
  const home = homeOf(observed, id);
  if (home.state === "intact") return true;
  return home.state === "present" && carriesOwner(home.object, uidOf(observed));
}

/** Why a Namespace does not go away, in its own conditions' words; empty while nothing holds it. */
export function terminatingBecause(namespace: LiveObject): string {
  const status = namespace["status"] as { conditions?: NamespaceCondition[] } | undefined;
  return (status?.conditions ?? [])
    .filter((condition) => condition.status === "True" && HOLDING.has(condition.type))
    .map((condition) => condition.message)
    .join("; ");
}

interface NamespaceCondition {
  type: string;
  status: string;
  message: string;
}

const HOLDING = new Set([
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionContentFailure",
]);
