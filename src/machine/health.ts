import { ANNOTATIONS } from "../api/names.ts";
import type { EnvironmentStatus, FluxHealth } from "../api/schema.ts";
import { fit } from "./fit.ts";
import type { LiveObject } from "./observed.ts";

interface FluxStatus {
  conditions?: {
    type: string;
    status: string;
    reason?: string;
    message?: string;
    observedGeneration?: number;
  }[];
  artifact?: { revision?: string };
  lastAppliedRevision?: string;
  lastHandledReconcileAt?: string;
  history?: { chartVersion?: string }[];
}

/**
 * What a Flux object says of itself, made steady (FLUX-FACTS, traps 2 to 4): an answer to an older
 * spec or before a request was handled is no answer; Ready=Unknown during a retry does not wipe out
 * the failure before it, unless that was another object's; temporary paths do not change the message.
 *
 * @param previous what status said before, so that a failure is kept while Flux tries again
 */
export function healthOf(live: LiveObject, previous?: FluxHealth): FluxHealth {
  const status = (live["status"] ?? {}) as FluxStatus;
  const suspended = (live["spec"] as { suspend?: boolean } | undefined)?.suspend === true;
  const revision = revisionOf(status);
  const found = judge(live, status);
  const trying = found.ready === "Unknown" && found.reason !== "WaitingForFlux";
  const health =
    trying && previous?.ready === "False" && !suspended && !isSymptom(previous) && !isOver(previous, status)
      ? { ready: previous.ready, reason: previous.reason, message: previous.message }
      : found;
  return { ...health, ...(revision ? { revision } : {}), ...(suspended ? { suspended } : {}) };
}

/** Flux has built and applied everything meanwhile, and waits for health: what failed before that is mended. */
const isOver = (previous: FluxHealth, { conditions = [] }: FluxStatus): boolean =>
  previous.reason !== "HealthCheckFailed" &&
  conditions.some(
    ({ type, message }) => type === "Reconciling" && message?.startsWith("Running health checks ") === true,
  );

/**
 * Temporary folders carry a new number with each try, and failed health checks the time they took: without them the
 * message stays the same. Only an absolute path is one; a repository may well be called kustomization-2.
 */
export const steadyMessage = (message: string): string =>
  fit(message.replace(SCRATCH, "./").replace(LASTED, "$1"));

const SCRATCH =
  /(?<=^|[\s'"(=:])\/(?:[^/\s:]+\/)*(?:kustomization|gitrepository|helmrelease|helmchart)-[^/\s:]*\d\/?/gi;

/** How long a health check took is another with each try: whole seconds are enough. */
const LASTED = /(?<=failed after (?:\d+[hm])*)(\d+)\.\d+(?=s\b)/g;

function judge(live: LiveObject, status: FluxStatus): FluxHealth {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const requested = live.metadata.annotations?.[ANNOTATIONS.requestedAt];
  if (ready === undefined) return unknown("Flux has not looked at it yet");
  if ((ready.observedGeneration ?? 0) < (live.metadata.generation ?? 0))
    return unknown("Flux has not looked at this version yet");
  if (requested !== undefined && requested !== status.lastHandledReconcileAt)
    return unknown("Flux has not answered the last request yet");
  return {
    ready: ready.status === "True" || ready.status === "False" ? ready.status : "Unknown",
    reason: ready.reason ?? "Unknown",
    message: steadyMessage(ready.message ?? ""),
  };
}

const unknown = (message: string): FluxHealth => ({ ready: "Unknown", reason: "WaitingForFlux", message });

const revisionOf = (status: FluxStatus): string | undefined =>
  status.artifact?.revision ?? status.lastAppliedRevision ?? status.history?.[0]?.chartVersion;

/** One thing that keeps a project from being Ready. */
export interface Complaint {
  readonly reason: "SourceNotReady" | "DeliveryNotReady" | "WaitingForFlux";
  readonly failing: boolean;
  readonly message: string;
}

/**
 * The first cause of what is not Ready, over all environments: a failure comes before what has only not
 * happened yet, and both come before what speaks of them, such as a delivery that misses its artifact.
 */
export function firstComplaint(environments: readonly EnvironmentStatus[]): Complaint | undefined {
  const all = environments.flatMap((environment) => [
    ...complaint(environment, "source"),
    ...complaint(environment, "delivery"),
  ]);
  return all.sort((a, b) => a.rank - b.rank)[0];
}

/** Speaks of something else that failed or has not happened yet. A missing path has the same reason, and is a cause. */
const isSymptom = ({ reason, message }: FluxHealth): boolean =>
  reason === "DependencyNotReady" ||
  reason === "SourceNotReady" ||
  (reason === "ArtifactFailed" && /^Source (artifact|is) not/.test(message));

/** Flux's own words for the way to the cause; the cause alone is what a person reads first. */
const PREAMBLE =
  /^(?:failed to checkout and determine revision: )?unable to (?:clone|list remote for) '[^']*': /;

function inWords(health: FluxHealth | undefined, part: "source" | "delivery"): string {
  const deed = part === "source" ? "fetch from git" : "deploy";
  if (health === undefined || health.reason === "WaitingForFlux") return `waiting for Flux to ${deed}`;
  const said = health.message.replace(PREAMBLE, "") || health.reason;
  return health.ready === "False" ? `cannot ${deed}: ${said}` : `Flux is at work: ${said}`;
}

function complaint(
  environment: EnvironmentStatus,
  part: "source" | "delivery",
): (Complaint & { rank: number })[] {
  const health = environment[part];
  if (health?.suspended || health?.ready === "True") return [];
  const message = `${environment.name}: ${inWords(health, part)}`;
  if (health?.ready !== "False") return [{ reason: "WaitingForFlux", failing: false, message, rank: 2 }];
  if (part === "source") return [{ reason: "SourceNotReady", failing: true, message, rank: 0 }];
  const rank = isSymptom(health) ? 3 : 1;
  return [{ reason: "DeliveryNotReady", failing: true, message, rank }];
}
