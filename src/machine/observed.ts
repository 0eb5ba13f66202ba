import type { Milliseconds } from "../api/duration.ts";
import type { EnvironmentDefaults } from "../api/environment-defaults.ts";
import { ANNOTATIONS } from "../api/names.ts";
import type { FluxHealth, ProjectGitOps, Reason, SetupStatus } from "../api/schema.ts";
import { type ObjectId, objectKey, plannedIds } from "../plan/index.ts";
import type { GeneratedCredential } from "./credential/observed.ts";

/** An object as the API server returned it. The fields that are judged have types; the rest is data. */
export interface LiveObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly [field: string]: unknown;
}

export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: unknown;
}

/** What is known of one object. */
export type Sighting =
  /** No trace of it, and nobody asked for it by name: a POST will tell. */
  | { readonly state: "unseen" }
  /** A list showed it; its content has not been read at this version. */
  | { readonly state: "listed" }
  /** A read of this pass said 404. */
  | { readonly state: "absent" }
  /** At the version that was last found to match the manifest with this hash. */
  | { readonly state: "intact"; readonly hash: string; readonly health?: FluxHealth }
  /** Read in full. */
  | { readonly state: "present"; readonly object: LiveObject };

/** A write that the API server refused for a reason that a repetition alone does not mend. */
export interface Refusal {
  readonly id: ObjectId;
  readonly reason: Reason;
  readonly message: string;
  /** It is the cluster that lacks something, such as Flux: waited for without an end, as for an API server. */
  readonly untimed?: true;
}

/** Something that stands in the way before any object is looked at. */
export interface Problem {
  readonly reason: Reason;
  readonly message: string;
}

/** Another ProjectGitOps that wants the same: the projectId, or namespaces under another one. */
export interface Peer {
  readonly key: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly completedAt?: string;
  readonly sameProjectId: boolean;
  readonly namespaces: readonly string[];
}

/** Everything that one decision looks at, beside what is desired. */
export interface Observed {
  readonly project: ProjectGitOps;
  /** Milliseconds since the epoch; the only clock that a decision sees. */
  readonly now: Milliseconds;
  /** When this process first read the API server: time before it does not count towards setup.timeout. */
  readonly watchedSince: Milliseconds;
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** Objects with our labels that name this project, and those of its inventory. */
  readonly known: readonly KnownObject[];
  /** Objects of an earlier ProjectGitOps of this namespace and name: reported where they are not desired, never deleted. */
  readonly orphans: readonly ObjectId[];
  readonly refusals: readonly Refusal[];
  /** Objects that this pass has applied: what still differs is changed back by somebody on the way. */
  readonly applied: ReadonlySet<string>;
  /** Fields that somebody else keeps changing back, in the form of `contestedField`: left alone for a time. */
  readonly contested: ReadonlySet<string>;
  readonly peers: readonly Peer[];
  /** Owner of the managed Namespace that the ProjectGitOps itself stands in. */
  readonly nestedIn?: string;
  /** A credential that the operator makes itself; absent where there is none and none is asked for. */
  readonly generated?: GeneratedCredential;
  /** What the operator asks of every environment: with it the spec may lead to more objects; absent: nothing. */
  readonly environmentDefaults?: EnvironmentDefaults;
  /** The CRD is going: finalizers are released and nothing else is touched (rule 9). */
  readonly crdDeleting: boolean;
}

export interface KnownObject extends ObjectId {
  /** From its label; absent for entries that only the inventory names. */
  readonly environment?: string;
}

const UNSEEN: Sighting = { state: "unseen" };

export const sightingOf = (observed: Observed, id: ObjectId): Sighting =>
  observed.sightings.get(objectKey(id)) ?? UNSEEN;

/** Every object that the spec can lead to under this operator's defaults, by name. */
export const plannedIn = ({ project, environmentDefaults }: Observed): ReturnType<typeof plannedIds> =>
  plannedIds(project.spec, environmentDefaults);

export const uidOf = (observed: Observed): string => observed.project.metadata.uid ?? "";

/** Once COMPLETED, always: from then on nothing is rolled back. */
export const completedBefore = (observed: Observed): boolean =>
  observed.project.status?.completedAt !== undefined ||
  observed.project.metadata.annotations?.[ANNOTATIONS.completed] === uidOf(observed);

/** The pass before this one found the project suspended. */
export const wasSuspended = ({ project }: Observed): boolean =>
  project.status?.conditions?.find(({ type }) => type === "Ready")?.reason === "Suspended";

/** The durable record of the set-up, where it is this object's and not one restored from a backup. */
export function setupOf(observed: Observed): SetupStatus | undefined {
  const setup = observed.project.status?.setup;
  return setup?.uid === uidOf(observed) ? setup : undefined;
}
