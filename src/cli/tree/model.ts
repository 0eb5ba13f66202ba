import type { Phase, TriState } from "../../api/schema.ts";

/** Whether an object is there; `unknown`: this person may not look, or the API server did not say. */
export type Presence = "present" | "missing" | "terminating" | "unknown";

/** What an object says of itself, in the words of its condition Ready. */
export interface TreeHealth {
  ready: TriState;
  reason: string;
  message: string;
}

/** One object of an environment, or one that Flux deployed. The shape is stable: `tree -o json` prints it. */
export interface TreeObject {
  apiVersion: string;
  kind: string;
  /** "" for cluster-scoped kinds. */
  namespace: string;
  name: string;
  presence: Presence;
  /** Only of objects that can be unwell: Flux objects, workloads, whatever carries conditions. */
  health?: TreeHealth;
  /** Fetched or applied, whole: `main@sha1:…`. */
  revision?: string;
  suspended?: boolean;
  /** What it is about, such as a Secret's type, a role or a path. */
  detail?: string;
  /** `namespace/name` of another ProjectGitOps, an earlier one, or "nobody": the object has the name, and is not of this project. */
  heldBy?: string;
  /** Flux's inventory: what a Kustomization deployed. */
  objects?: TreeObject[];
}

export interface TreeEnvironment {
  name: string;
  namespace: string;
  /** False while it is being removed: the spec no longer names it. */
  desired: boolean;
  ready: TriState;
  suspended?: boolean;
  /** Applied last. */
  revision?: string;
  objects: TreeObject[];
}

export interface TreeProject {
  namespace: string;
  name: string;
  project: string;
  phase: Phase | "";
  ready: TriState;
  message: string;
  environments: TreeEnvironment[];
}
