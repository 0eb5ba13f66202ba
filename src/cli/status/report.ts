import { durationMs, parseDuration } from "../../api/duration.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { ProjectGitOps, TriState } from "../../api/schema.ts";
import { conditionOf } from "../../api/standing.ts";
import type { KubeObject } from "../../kube/index.ts";
import { environmentRef, isDelivery } from "../../plan/index.ts";
import { assemble, idsOf } from "../tree/assemble.ts";
import type { TreeEnvironment, TreeObject } from "../tree/model.ts";
import type { Sightings } from "../tree/sighting.ts";
import type { CredentialReport } from "./credential.ts";

/** One project in full. The shape is stable: `status -o json` prints it. Times are RFC 3339. */
export interface StatusReport {
  project: {
    namespace: string;
    name: string;
    projectId: string;
    generation: number;
    /** Generation that the status speaks of; -1 before the operator has seen it. */
    seen: number;
    url: string;
    ref: string;
    /** The last request for a look now (`reconcile`, `flux reconcile`), and whether the operator has answered it. */
    lastRequest: { at: string; answered: boolean } | null;
  };
  phase: string;
  ready: { status: TriState; reason: string; message: string; since: string | null };
  /** Null for a public repository. */
  credential: CredentialReport | null;
  environments: EnvironmentReport[];
  /** What happens next; `at` where the time is known. */
  nextLook: { at: string | null; what: string };
  events: EventReport[];
}

export interface EnvironmentReport {
  name: string;
  namespace: string;
  ready: TriState;
  suspended: boolean;
  /** Applied last, whole. */
  revision: string | null;
  /** When that revision was applied first. */
  appliedAt: string | null;
  /** Objects that Flux deployed; null where nobody may tell. */
  objects: number | null;
  /** What keeps it from being Ready. */
  message: string;
}

export interface EventReport {
  lastSeen: string;
  type: string;
  reason: string;
  /** Of a Flux object. */
  environment: string | null;
  object: string;
  message: string;
}

/** Puts together what was read. Pure. */
export function statusReport(
  project: ProjectGitOps,
  sightings: Sightings,
  credential: CredentialReport | null,
  events: EventReport[],
): StatusReport {
  const { metadata, spec, status } = project;
  const ready = conditionOf(project, "Ready");
  const tree = assemble(project, sightings);
  return {
    project: {
      namespace: metadata.namespace,
      name: metadata.name,
      projectId: spec.projectId,
      generation: metadata.generation ?? 0,
      seen: status?.observedGeneration ?? -1,
      url: spec.git.url,
      ref: refText(project),
      lastRequest: lastRequest(project),
    },
    phase: tree.phase,
    ready: {
      status: tree.ready,
      reason: ready?.reason ?? "",
      message: tree.message,
      since: ready?.lastTransitionTime ?? null,
    },
    credential,
    environments: tree.environments.map((environment) =>
      environmentReport(environment, deliveryOf(project, environment, sightings)),
    ),
    nextLook: nextLook(project, tree.environments, sightings),
    events,
  };
}

/** What most environments follow; those that follow something else show it by their revision. */
const refText = ({ spec }: ProjectGitOps): string => {
  const [first] = spec.environments;
  const { ref: _, ...shared } = first ?? { name: "" };
  return Object.values(environmentRef(spec, shared as (typeof spec.environments)[number])).join(" ");
};

interface Delivered extends KubeObject {
  spec?: { interval?: string; suspend?: boolean };
  status?: {
    history?: { firstReconciled?: string; lastReconciled?: string; metadata?: { revision?: string } }[];
  };
}

/** The annotation is a time by convention; what is none is told as it is. */
function lastRequest({ metadata, status }: ProjectGitOps): StatusReport["project"]["lastRequest"] {
  const at = metadata.annotations?.[ANNOTATIONS.requestedAt] ?? status?.lastHandledReconcileAt;
  return at === undefined ? null : { at, answered: status?.lastHandledReconcileAt === at };
}

function deliveryOf(
  project: ProjectGitOps,
  { namespace }: TreeEnvironment,
  sightings: Sightings,
): Delivered | undefined {
  const id = idsOf(project).find((one) => isDelivery(one.kind) && one.namespace === namespace);
  const sighting = id && sightings.get(id);
  return sighting?.state === "found" ? sighting.object : undefined;
}

function environmentReport(environment: TreeEnvironment, delivery: Delivered | undefined): EnvironmentReport {
  const { name, namespace, ready, suspended, revision, objects } = environment;
  const [latest] = delivery?.status?.history ?? [];
  const inventory = objects.find(({ objects }) => objects !== undefined)?.objects?.length ?? 0;
  return {
    name,
    namespace,
    ready,
    suspended: suspended === true,
    revision: revision ?? null,
    appliedAt: latest?.firstReconciled ?? null,
    objects: delivery === undefined ? null : inventory,
    message: objects.map(complaintOf).find((message) => message !== "") ?? "",
  };
}

/** A source comes before its delivery, so the first complaint is the cause. */
function complaintOf({ kind, name, presence, health, heldBy, suspended }: TreeObject): string {
  if (presence === "missing") return `${kind} ${name} is missing`;
  if (presence === "terminating") return `${kind} ${name} is going`;
  if (heldBy !== undefined) return `${kind} ${name} is held by ${heldBy}`;
  if (suspended || health === undefined || health.ready === "True") return "";
  return health.message || health.reason;
}

function nextLook(
  project: ProjectGitOps,
  environments: readonly TreeEnvironment[],
  sightings: Sightings,
): StatusReport["nextLook"] {
  const { metadata, spec, status } = project;
  if (metadata.deletionTimestamp !== undefined) {
    return { at: null, what: "the operator removes everything in reverse order" };
  }
  if (spec.suspend) return { at: null, what: "nothing, until it is resumed" };
  if (status?.observedGeneration !== metadata.generation) {
    return { at: null, what: "the operator looks at this version at its next poll" };
  }
  if (status?.phase === "FAILED") {
    return {
      at: null,
      what: "nothing by itself: a change of spec or credential, or reconcile, begins again",
    };
  }
  if (status?.completedAt !== undefined) {
    const applies = environments.flatMap((environment) => {
      const at = nextApply(deliveryOf(project, environment, sightings));
      return at === undefined ? [] : [{ at, what: `Flux applies ${environment.name} again` }];
    });
    const [first] = applies.toSorted((a, b) => a.at.localeCompare(b.at));
    return first ?? { at: null, what: "the operator looks for drift and health at its next resync" };
  }
  const start = Date.parse(status?.setup?.startedAt ?? "");
  if (Number.isNaN(start)) return { at: null, what: "the operator goes on with the set-up" };
  const at = new Date(start + durationMs(spec.setup.timeout)).toISOString();
  return {
    at,
    what: `the set-up is given up${spec.setup.onFailure === "Rollback" ? " and rolled back" : ""}`,
  };
}

/** By its interval, from what Flux did last; undefined where that is not known. */
function nextApply(delivery: Delivered | undefined): string | undefined {
  const last = Date.parse(delivery?.status?.history?.[0]?.lastReconciled ?? "");
  const interval = parseDuration(delivery?.spec?.interval ?? "");
  if (Number.isNaN(last) || interval === undefined || delivery?.spec?.suspend) return undefined;
  return new Date(last + interval).toISOString();
}
