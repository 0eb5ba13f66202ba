import { ANNOTATIONS } from "../api/names.ts";
import {
  environmentDeletionPolicy,
  environmentNamespace,
  homeNamespace,
  type ObjectId,
  objectKey,
  plannedIds,
} from "../plan/index.ts";
import { homeOf } from "./namespaces.ts";
import type { LiveObject, Observed } from "./observed.ts";
import { remove } from "./removal.ts";
import type { DesiredState } from "./state.ts";
import type { Step } from "./step.ts";

/** A ProjectGitOps that is being deleted: its objects go in reverse order, then its finalizer. */
export function deletion(_desired: DesiredState, observed: Observed): Step | undefined {
  const { project } = observed;
  if (project.metadata.deletionTimestamp === undefined) return undefined;
  // Rule 9: removing the operator's CRD never removes workloads.
  if (observed.crdDeleting) return { kind: "settled", phase: "DELETING" };
  const kept = keptNamespaces(observed);
  const inSpec = specNamespaces(observed);
  const step = remove(
    {
      phase: "DELETING",
      reason: "Deleting",
      candidates: withTheirNamespaces(
        [...plannedIds(project.spec), ...observed.known].filter((id) => !kept.all.has(homeNamespace(id))),
      ),
      // An environment that has left the spec is judged by its Namespace.
      mayDelete: (live, id) =>
        isRemovable(live, id) &&
        (inSpec.has(homeNamespace(id)) || releasedByNamespace(observed, homeNamespace(id))),
    },
    observed,
  );
  if (step) return step;
  if (kept.protected.length > 0) return waitForConfirmation(kept.protected);
  return { kind: "settled", phase: "DELETING" };
}

/**
 * Environments that have left the spec. Their Namespace's own annotations decide policy and
 * protection; where they cannot be read: protected and Orphan.
 */
export function leftovers(desired: DesiredState, observed: Observed): Step | undefined {
  const planned = new Set([
    ...plannedIds(observed.project.spec).map(objectKey),
    // Rendered objects are planned ones; a table test holds that.
    ...desired.objects.map(objectKey),
  ]);
  const wanted = specNamespaces(observed);
  const candidates = observed.known.filter((id) => !planned.has(objectKey(id)));
  return remove(
    {
      phase: "COMPLETED",
      reason: "RemovingEnvironment",
      candidates: withTheirNamespaces(candidates),
      mayDelete: (live, id) => {
        const home = homeNamespace(id);
        if (wanted.has(home)) return id.kind !== "Namespace";
        return releasedByNamespace(observed, home) && isRemovable(live, id);
      },
    },
    observed,
  );
}

const specNamespaces = ({ project: { spec } }: Observed): Set<string> =>
  new Set(spec.environments.map((environment) => environmentNamespace(spec, environment)));

/** A Namespace that we did not create is never deleted. */
const isRemovable = (live: LiveObject, id: ObjectId): boolean =>
  id.kind !== "Namespace" || live.metadata.annotations?.[ANNOTATIONS.createdBy] !== undefined;

/** Ownership of an object is judged by its Namespace, which therefore has to be read too. */
const withTheirNamespaces = (ids: readonly ObjectId[]): ObjectId[] => [
  ...ids,
  ...ids.map((id): ObjectId => ({ kind: "Namespace", namespace: "", name: homeNamespace(id) })),
];

function releasedByNamespace(observed: Observed, name: string): boolean {
  const home = homeOf(observed, { kind: "Namespace", namespace: "", name });
  if (home.state !== "present") return false;
  const annotations = home.object.metadata.annotations;
  return (
    annotations?.[ANNOTATIONS.protected] === "false" && annotations[ANNOTATIONS.deletionPolicy] === "Delete"
  );
}

/** Orphan leaves all in place; protected waits for a confirmation. Both come with issue 4; until then nothing of them is touched. */
function keptNamespaces({ project }: Observed): { all: Set<string>; protected: string[] } {
  const { spec } = project;
  const guarded = spec.environments.filter((environment) => environment.protected);
  const orphaned = spec.environments.filter(
    (environment) => environmentDeletionPolicy(spec, environment) === "Orphan",
  );
  const name = (environment: (typeof guarded)[number]) => environmentNamespace(spec, environment);
  return { all: new Set([...guarded, ...orphaned].map(name)), protected: guarded.map(name) };
}

const waitForConfirmation = (namespaces: readonly string[]): Step => ({
  kind: "wait",
  phase: "DELETING",
  reason: "DeletionProtected",
  message: `protected, so kept: ${namespaces.join(", ")}. Set protected: false on the environment to let it go`,
  lookAgainIn: "backoff",
  failing: false,
});
