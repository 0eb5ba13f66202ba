import { credentialSecretOf } from "../api/credential.ts";
import { ANNOTATIONS, namespaceName } from "../api/names.ts";
import type { SetupPhase } from "../api/phases.ts";
import type { Reason } from "../api/schema.ts";
import { type Desired, describe, MANAGED_KINDS, type ObjectId, objectKey } from "../plan/index.ts";
import { contestedField, drift, isImmutableField, writersOf } from "./drift.ts";
import { homeIsOurs, terminatingBecause } from "./namespaces.ts";
import { type LiveObject, type Observed, setupOf, sightingOf } from "./observed.ts";
import { heldMessage, ownership } from "./ownership.ts";
import type { DesiredState } from "./state.ts";
import type { Cause, Change, Doomed, Step, WaitStep } from "./step.ts";

/** The stages of a set-up; the compiler refuses one that is missing. */
export const STAGES = {
  CREATING_NAMESPACES: { reason: "CreatingNamespaces", next: "CREATING_SECRETS" },
  CREATING_SECRETS: { reason: "CreatingSecrets", next: "CREATING_RESOURCES" },
  CREATING_RESOURCES: { reason: "CreatingResources", next: "COMPLETED" },
} as const satisfies Record<SetupPhase, { reason: Reason; next: SetupPhase | "COMPLETED" }>;

/** What one look at one desired object says. */
type Finding =
  | { kind: "matches" }
  | { kind: "unread" }
  | { kind: "missing" }
  | { kind: "held"; cause: Cause }
  | { kind: "going"; wait: WaitStep }
  | { kind: "changed"; change: Change }
  | { kind: "contested"; message: string }
  | { kind: "immutable"; doomed: Doomed };

/** An object that is needed is someone else's. */
export interface Conflict {
  readonly kind: "conflict";
  readonly phase: SetupPhase;
  readonly cause: Cause;
}

/** @returns what is contested: everything else is as desired */
export function contestedIn(desired: DesiredState, observed: Observed): string | undefined {
  for (const object of desired.objects) {
    const finding = look(MANAGED_KINDS[object.kind].phase, object, observed, desired.hostConfirmed);
    if (finding.kind === "contested") return finding.message;
  }
  return undefined;
}

/**
 * The first stage that is not done gives the next step: a stage is a barrier over all
 * environments, so nothing of a later one is even looked at, quotas apart.
 *
 * @returns undefined when every desired object exists, is ours and matches
 */
export function nextInStages(desired: DesiredState, observed: Observed): Step | Conflict | undefined {
  for (const phase of Object.keys(STAGES) as SetupPhase[]) {
    const step = quotasBefore(phase, desired, observed) ?? nextInStage(phase, desired, observed);
    if (step) return step;
  }
  return undefined;
}

/**
 * A quota of ours that is there already takes on its new amounts before anything that it counts is sent: else what it
 * has refused would stand in the way of the change that lets it in.
 */
function quotasBefore(phase: SetupPhase, desired: DesiredState, observed: Observed): Step | undefined {
  if (phase !== "CREATING_SECRETS") return undefined;
  const quotas = desired.objects.filter(({ kind }) => kind === "ResourceQuota");
  const found = quotas.map((object) => ({ object, finding: look(phase, object, observed) }));
  const unread = found.filter(({ finding }) => finding.kind === "unread").map(({ object }) => object);
  if (unread.length > 0) return { kind: "read", phase, objects: unread };
  const changes = found.flatMap(({ finding }) => (finding.kind === "changed" ? [finding.change] : []));
  return changes.length > 0 ? { kind: "update", phase, changes } : undefined;
}

function nextInStage(
  phase: SetupPhase,
  desired: DesiredState,
  observed: Observed,
): Step | Conflict | undefined {
  const found = desired.objects
    .filter(({ kind }) => MANAGED_KINDS[kind].phase === phase)
    .map((object) => ({ object, finding: look(phase, object, observed, desired.hostConfirmed) }));
  const of = <K extends Finding["kind"]>(kind: K) =>
    found.flatMap(({ object, finding }) =>
      finding.kind === kind ? [{ object, finding: finding as Extract<Finding, { kind: K }> }] : [],
    );

  const unread = of("unread");
  if (unread.length > 0) return { kind: "read", phase, objects: unread.map(({ object }) => object) };
  const [held] = of("held");
  if (held) return { kind: "conflict", phase, cause: held.finding.cause };
  const [going] = of("going");
  if (going) return going.finding.wait;
  const immutable = of("immutable");
  if (immutable.length > 0)
    return { kind: "delete", phase, objects: immutable.map(({ finding }) => finding.doomed) };
  const missing = of("missing").map(({ object }) => object);
  const homes = unconfirmedHomes(missing, observed);
  if (homes.length > 0) return { kind: "read", phase, objects: homes };
  if (missing.length > 0) return { kind: "create", phase, objects: claims(phase, missing, observed) };
  const changed = of("changed");
  if (changed.length > 0)
    return { kind: "update", phase, changes: changed.map(({ finding }) => finding.change) };
  return undefined;
}

/**
 * Nothing is sent into a Namespace that only an earlier look vouches for: it may have been deleted since, and made
 * again by someone else. Changes need no such look, for they carry the uid of what they change.
 */
function unconfirmedHomes(missing: readonly Desired[], observed: Observed): ObjectId[] {
  const homes = missing.filter(({ kind }) => kind !== "Namespace").map(({ namespace }) => namespace);
  return [...new Set(homes)]
    .map((name): ObjectId => ({ kind: "Namespace", namespace: "", name }))
    .filter((home) => sightingOf(observed, home).state === "intact");
}

function look(phase: SetupPhase, desired: Desired, observed: Observed, hostConfirmed = false): Finding {
  const sighting = sightingOf(observed, desired);
  switch (sighting.state) {
    case "unseen":
      return isForAdoption(desired, observed) ? { kind: "unread" } : { kind: "missing" };
    case "absent":
      return isForAdoption(desired, observed) ? notThere(desired, observed) : { kind: "missing" };
    case "listed":
      return { kind: "unread" };
    case "intact":
      return sighting.hash === desired.hash ? { kind: "matches" } : { kind: "unread" };
    case "present":
      return judge(phase, desired, sighting.object, observed, hostConfirmed);
  }
}

/**
 * After a conflict Namespaces are claimed one by one in sorted order: of two projects that want some
 * of the same, the one that gets the first gets all, and never does each hold half.
 */
function claims(phase: SetupPhase, missing: readonly Desired[], observed: Observed): readonly Desired[] {
  if (phase !== "CREATING_NAMESPACES" || (setupOf(observed)?.attempt ?? 1) === 1) return missing;
  return [...missing].sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, 1);
}

/** A Namespace under a name of its own choice is never created, only adopted. */
const isForAdoption = (desired: Desired, { project }: Observed): boolean =>
  desired.kind === "Namespace" && desired.name !== namespaceName(project.spec.projectId, desired.environment);

function notThere({ name, environment }: Desired, { project }: Observed): Finding {
  const { projectId } = project.spec;
  const message = `namespace ${name}, which environment ${environment} names, is not there: create it and label it projectgitops.dev/adopt=${projectId}, or leave spec.environments[].namespace out`;
  return { kind: "held", cause: { reason: "InvalidSpec", message } };
}

function judge(
  phase: SetupPhase,
  desired: Desired,
  live: LiveObject,
  observed: Observed,
  hostConfirmed: boolean,
): Finding {
  const owner = ownership(live, homeIsOurs(observed, desired), observed.project);
  if (owner.kind === "foreign") {
    const message = heldMessage(desired, owner.holder, observed.project.spec.projectId);
    return { kind: "held", cause: { reason: "HeldByAnother", message, object: desired } };
  }
  if (live.metadata.deletionTimestamp !== undefined)
    return { kind: "going", wait: untilGone(phase, desired, live) };
  const moved = movedHost(desired, live);
  if (moved !== undefined && !hostConfirmed) return { kind: "held", cause: hostChanged(moved, observed) };
  const found = drift(desired.manifest, live);
  const fields = found.filter((path) => !observed.contested.has(contestedField(desired, path)));
  const force =
    desired.kind !== "Namespace" || live.metadata.annotations?.[ANNOTATIONS.createdBy] !== undefined;
  const change: Change = { desired, live, fields, force };
  const immutable = fields.filter((path) => isImmutableField(desired.manifest, path));
  // Taken over by replacement: even its annotations can be refused, as those of a RoleBinding to a role that we may not bind.
  if (owner.kind === "orphaned" && immutable.length > 0)
    return { kind: "immutable", doomed: { ...desired, live } };
  if (owner.kind === "orphaned") return { kind: "changed", change: { ...change, claim: "takeOver" } };
  if (owner.kind === "adoptable" && immutable.length > 0)
    return { kind: "held", cause: cannotBeAdopted(desired, immutable) };
  if (owner.kind === "adoptable") return { kind: "changed", change: { ...change, claim: "adopt" } };
  if (found.length > 0 && fields.length === 0)
    return { kind: "contested", message: contestedMessage(desired, live, found) };
  if (immutable.length > 0) return { kind: "immutable", doomed: { ...desired, live } };
  if (fields.length === 0 || observed.applied.has(objectKey(desired))) return { kind: "matches" };
  return { kind: "changed", change };
}

/** What is adopted is never deleted, so it can only be taken as it is. */
const cannotBeAdopted = (desired: Desired, immutable: readonly string[]): Cause => ({
  reason: "FieldConflict",
  message: `${describe(desired)} is labelled for adoption, but its ${immutable.join(", ")} is another, and cannot be changed in place: delete it, and it is made anew, or give it the value that is wanted`,
  object: desired,
});

/** A credential is sent only to the host it was given for: the Namespace with its copy remembers which. */
function movedHost(desired: Desired, live: LiveObject): { from: string; to: string } | undefined {
  const from = live.metadata.annotations?.[ANNOTATIONS.gitHost];
  const to = desired.manifest.metadata.annotations[ANNOTATIONS.gitHost];
  return from !== undefined && to !== undefined && from !== to ? { from, to } : undefined;
}

function hostChanged({ from, to }: { from: string; to: string }, { project }: Observed): Cause {
  const { namespace } = project.metadata;
  const secret = credentialSecretOf(project.spec) ?? "";
  return {
    reason: "CredentialHostChanged",
    message: `the credential in Secret ${namespace}/${secret} was given for ${from}, and spec.git.url now names ${to}: it is not sent there until the Secret says so: kubectl annotate --overwrite secret ${secret} -n ${namespace} ${ANNOTATIONS.gitHosts}=${to}`,
  };
}

function contestedMessage(desired: Desired, live: LiveObject, fields: readonly string[]): string {
  const writers = [...new Set(fields.flatMap((path) => writersOf(live, path)))];
  return `${describe(desired)}: ${fields.join(", ")} is changed back again and again by ${writers.join(", ") || "somebody"}; it is left alone for ten minutes. Stop the other writer, or put the value into this spec`;
}

function untilGone(phase: SetupPhase, desired: Desired, live: LiveObject): WaitStep {
  const because = desired.kind === "Namespace" ? terminatingBecause(live) : "";
  return {
    kind: "wait",
    phase,
    reason: desired.kind === "Namespace" ? "NamespaceTerminating" : STAGES[phase].reason,
    message: `${describe(desired)} is being deleted; it is made again when it is gone${because && `: ${because}`}`,
    lookAgainIn: "backoff",
    failing: true,
  };
}
