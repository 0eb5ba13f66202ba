import type { ProjectGitOps, ProjectGitOpsSpecInput, ProjectGitOpsStatus } from "../../../src/api/schema.ts";
import type { DesiredState, LiveObject, Observed, Sighting } from "../../../src/machine/index.ts";
import type { PlanInputs } from "../../../src/plan/index.ts";
import {
  type Desired,
  desiredObjects,
  type ManagedKind,
  type ObjectId,
  objectKey,
} from "../../../src/plan/index.ts";
import { inputsFor, projectFrom, UID } from "../plan/support.ts";

export { UID } from "../plan/support.ts";
export const OTHER_UID = "0a1b2c3d-0000-4000-8000-00000000beef";
/** The clock of every test here. */
export const NOW = Date.parse("2026-11-22T06:00:00Z");
export const minutesAgo = (minutes: number): string =>
  new Date(NOW - minutes * 60_000).toISOString().replace(".000Z", "Z");

type Metadata = Partial<ProjectGitOps["metadata"]>;

/** platform/shop with environments development and production, claimed and begun, unless said otherwise. */
export function project(
  spec: Partial<ProjectGitOpsSpecInput> = {},
  metadata: Metadata = {},
  status?: ProjectGitOpsStatus,
): ProjectGitOps {
  const made = projectFrom({
    apiVersion: "projectgitops.dev/v1alpha1",
    kind: "ProjectGitOps",
    metadata: {
      name: "shop",
      namespace: "platform",
      creationTimestamp: minutesAgo(1),
      finalizers: ["projectgitops.dev/finalizer"],
      annotations: { "projectgitops.dev/setup": `${UID}/${minutesAgo(1)}` },
      ...metadata,
    },
    spec: {
      projectId: "shop",
      git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } },
      environments: [{ name: "development" }, { name: "production" }],
      ...spec,
    },
  });
  return { ...made, ...(status ? { status } : {}) };
}

/** A project that was COMPLETED once. */
export const completed = (
  spec: Partial<ProjectGitOpsSpecInput> = {},
  metadata: Metadata = {},
): ProjectGitOps =>
  project(spec, metadata, { observedGeneration: 1, phase: "COMPLETED", completedAt: minutesAgo(30) });

export const deleting = (given: ProjectGitOps): ProjectGitOps => ({
  ...given,
  metadata: { ...given.metadata, deletionTimestamp: minutesAgo(0) },
});

export function desiredState(
  given: ProjectGitOps,
  more: Partial<DesiredState> = {},
  inputs: Partial<PlanInputs> = {},
): DesiredState {
  return { objects: desiredObjects(given, inputsFor(given, inputs)), credentialVersion: "7", ...more };
}

/** The one object of that kind in an environment; Secrets: the git credential. */
export function pick(desired: DesiredState, kind: ManagedKind, environment = "development"): Desired {
  const found = desired.objects.find((object) => object.kind === kind && object.environment === environment);
  if (!found) throw new Error(`no ${kind} in ${environment}`);
  return found;
}

let versions = 100;

/** How the API server holds an object after our own POST: fields owned by an Update entry, created-by written. */
export function live(
  desired: Desired,
  change: Record<string, unknown> & { metadata?: Partial<LiveObject["metadata"]> } = {},
): LiveObject {
  const manifest = structuredClone(desired.manifest) as unknown as LiveObject;
  const annotations = { ...manifest.metadata.annotations, "projectgitops.dev/created-by": UID };
  const metadata = {
    ...manifest.metadata,
    annotations,
    uid: `uid-of-${objectKey(desired)}`,
    resourceVersion: String(++versions),
    generation: 1,
    creationTimestamp: minutesAgo(1),
  };
  const owned = { ...manifest, metadata: { labels: metadata.labels, annotations } };
  return {
    ...manifest,
    ...change,
    metadata: {
      ...metadata,
      managedFields: [
        {
          manager: "projectgitops",
          operation: "Update",
          apiVersion: "v1",
          fieldsType: "FieldsV1",
          fieldsV1: fieldsOf(owned),
        },
      ],
      ...change.metadata,
    },
  };
}

/** The form of metadata.managedFields: `f:` names a field; lists are owned as a whole. */
export function fieldsOf(value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "apiVersion" && key !== "kind")
      .map(([key, inner]) => [`f:${key}`, fieldsOf(inner)]),
  );
}

/** The object as somebody else would hold it, with no word of us. */
export function foreign(id: ObjectId, owner?: { key: string; uid: string }): LiveObject {
  return {
    metadata: {
      name: id.name,
      ...(id.namespace ? { namespace: id.namespace } : {}),
      uid: "uid-of-someone",
      resourceVersion: "55",
      ...(owner
        ? { annotations: { "projectgitops.dev/owner": owner.key, "projectgitops.dev/owner-uid": owner.uid } }
        : {}),
      managedFields: [{ manager: "kubectl-create", operation: "Update" }],
    },
  };
}

/** What makes a peer want the very same project. */
export const SAME_ID = { sameProjectId: true, namespaces: [] };

export const present = (object: LiveObject): Sighting => ({ state: "present", object });
export const ABSENT: Sighting = { state: "absent" };

/** What one decision looks at: the given sightings, everything else unseen. */
export function observed(
  given: ProjectGitOps,
  sightings: readonly (readonly [ObjectId, Sighting])[] = [],
  more: Partial<Observed> = {},
): Observed {
  return {
    project: given,
    now: NOW,
    watchedSince: NOW - 3_600_000,
    sightings: new Map(sightings.map(([id, sighting]) => [objectKey(id), sighting])),
    known: [],
    orphans: [],
    refusals: [],
    applied: new Set(),
    contested: new Set(),
    peers: [],
    crdDeleting: false,
    ...more,
  };
}

/** Every desired object, as our own POST left it; `change` may replace a sighting by its kind. */
export const allPresent = (
  desired: DesiredState,
  change: (object: Desired) => Sighting | undefined = () => undefined,
): [ObjectId, Sighting][] =>
  desired.objects.map((object) => [object, change(object) ?? present(live(object))]);

export const ids = (objects: readonly ObjectId[]): string[] =>
  objects.map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ""}${name}`);
