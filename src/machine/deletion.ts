import { ANNOTATIONS, gitSecretName } from "../api/names.ts";
import type { DeletionPolicy } from "../api/schema.ts";
import {
  environmentDeletionPolicy,
  environmentNamespace,
  homeNamespace,
  type ObjectId,
  objectKey,
} from "../plan/index.ts";
import { credentialRemoval } from "./credential/life.ts";
import { homeOf } from "./namespaces.ts";
import { type LiveObject, type Observed, plannedIn, sightingOf } from "./observed.ts";
import { type Fate, remove } from "./removal.ts";
import { listedIn } from "./removal-wait.ts";
import type { DesiredState } from "./state.ts";
import type { Step } from "./step.ts";

/** A ProjectGitOps that is being deleted: its objects go in reverse order, then its finalizer. */
export function deletion(_desired: DesiredState, observed: Observed): Step | undefined {
  const { project, known } = observed;
  if (project.metadata.deletionTimestamp === undefined) return undefined;
  // Rule 9: removing the operator's CRD never removes workloads.
  if (observed.crdDeleting) return { kind: "settled", phase: "DELETING" };
  const candidates = [...plannedIn(observed), ...known];
  const fate = (live: LiveObject, id: ObjectId) => fateIn(observed, live, id);
  const step = remove({ phase: "DELETING", reason: "Deleting", candidates, fate }, observed);
  return (
    step ??
    confirmation(observed, candidates, "DELETING") ??
    credentialRemoval(observed, "DELETING") ?? { kind: "settled", phase: "DELETING" }
  );
}

/** What has left the spec: single objects, and whole environments with their Namespace. */
export function leftovers(desired: DesiredState, observed: Observed): Step | undefined {
  const candidates = unplanned(desired, observed);
  const fate = (live: LiveObject, id: ObjectId) => fateOfLeftover(observed, live, id);
  const step = remove({ phase: "COMPLETED", reason: "RemovingEnvironment", candidates, fate }, observed);
  return step ?? confirmation(observed, candidates, "COMPLETED") ?? consumed(observed);
}

/** A quota that is not asked for any more goes before anything that it counts is sent: it may refuse just that. */
export function leftoverQuotas(desired: DesiredState, observed: Observed): Step | undefined {
  const stays = specNamespaces(observed);
  const candidates = unplanned(desired, observed).filter(
    ({ kind, namespace }) => kind === "ResourceQuota" && stays.has(namespace),
  );
  const fate = (live: LiveObject, id: ObjectId) => fateOfLeftover(observed, live, id);
  return remove({ phase: "CREATING_SECRETS", reason: "CreatingSecrets", candidates, fate }, observed);
}

function unplanned(desired: DesiredState, observed: Observed): ObjectId[] {
  const planned = new Set([...plannedIn(observed), ...desired.objects].map(objectKey));
  return observed.known.filter((id) => !planned.has(objectKey(id)));
}

/** An object that leaves an environment goes; the environment's Namespace is not among the leftovers. */
function fateOfLeftover(observed: Observed, live: LiveObject, id: ObjectId): Fate {
  if (!specNamespaces(observed).has(homeNamespace(id))) return fateIn(observed, live, id);
  if (id.kind === "Namespace" || !isOfOurs(observed.project.spec.projectId, live, id)) return "keep";
  return live.metadata.annotations?.[ANNOTATIONS.createdBy] === undefined ? "orphan" : "delete";
}

/** Of Secrets we make the git credential and image pull Secrets; a copy of another type under another name is a tenant's. */
const isOfOurs = (projectId: string, live: LiveObject, { kind, name }: ObjectId): boolean =>
  kind !== "Secret" ||
  name === gitSecretName(projectId) ||
  String(live["type"]).startsWith("kubernetes.io/dockerc");

/** Policy and protection of one environment decide; what was adopted is let go, never deleted. */
function fateIn(observed: Observed, live: LiveObject, id: ObjectId): Fate {
  const { policy, isProtected } = termsOf(observed, homeNamespace(id));
  if (isProtected && !isConfirmed(observed, homeNamespace(id))) return "keep";
  if (policy === "Orphan" || live.metadata.annotations?.[ANNOTATIONS.createdBy] === undefined)
    return "orphan";
  return "delete";
}

/**
 * The spec decides for its environments. For one that has left it the Namespace's own annotations
 * do; where they cannot be read: protected and Orphan. A protection that either names holds.
 */
function termsOf(observed: Observed, namespace: string): { policy: DeletionPolicy; isProtected: boolean } {
  const { spec } = observed.project;
  const environment = spec.environments.find((one) => environmentNamespace(spec, one) === namespace);
  const home = homeOf(observed, { kind: "Namespace", namespace: "", name: namespace });
  const annotations = home.state === "present" ? (home.object.metadata.annotations ?? {}) : {};
  const recorded = annotations[ANNOTATIONS.deletionPolicy] === "Delete" ? "Delete" : "Orphan";
  const isProtected = annotations[ANNOTATIONS.protected] !== "false";
  if (environment === undefined) return { policy: recorded, isProtected };
  return { policy: environmentDeletionPolicy(spec, environment), isProtected: environment.protected };
}

const isConfirmed = ({ project }: Observed, namespace: string): boolean =>
  listedIn(project, ANNOTATIONS.confirmDelete).includes(namespace);

/** Protected environments that are still there: kept until somebody confirms. */
function confirmation(
  observed: Observed,
  candidates: readonly ObjectId[],
  phase: "DELETING" | "COMPLETED",
): Step | undefined {
  const names = [...new Set(candidates.map(homeNamespace))].filter((name) => {
    const home = homeOf(observed, { kind: "Namespace", namespace: "", name });
    if (home.state !== "present" || (phase === "COMPLETED" && specNamespaces(observed).has(name)))
      return false;
    const ours = home.object.metadata.annotations?.[ANNOTATIONS.ownerUid] === observed.project.metadata.uid;
    return ours && termsOf(observed, name).isProtected && !isConfirmed(observed, name);
  });
  if (names.length === 0) return undefined;
  const { namespace, name } = observed.project.metadata;
  return {
    kind: "wait",
    phase,
    reason: "DeletionProtected",
    message: `protected, so kept: ${names.join(", ")}. To let go: kubectl annotate --overwrite pgops ${name} -n ${namespace} ${ANNOTATIONS.confirmDelete}=${names.join(",")}`,
    lookAgainIn: "backoff",
    failing: true,
  };
}

/** A confirmation is good for one removal: it goes when nothing of its namespace is ours any more. */
function consumed(observed: Observed): Step | undefined {
  const { project, known } = observed;
  const listed = listedIn(project, ANNOTATIONS.confirmDelete);
  const left = known.filter((id) => sightingOf(observed, id).state !== "absent");
  const ours = new Set([...specNamespaces(observed), ...left.map(homeNamespace)]);
  const namespaces = listed.filter((name) => !ours.has(name));
  return namespaces.length > 0 ? { kind: "consume", phase: "COMPLETED", namespaces } : undefined;
}

const specNamespaces = ({ project: { spec } }: Observed): Set<string> =>
  new Set(spec.environments.map((environment) => environmentNamespace(spec, environment)));
