import type { Milliseconds } from "../api/duration.ts";
import type { Phase, Reason } from "../api/schema.ts";
import type { Desired, ObjectId } from "../plan/index.ts";
import type { CredentialAction } from "./credential/observed.ts";
import type { LiveObject, Problem } from "./observed.ts";

/** An object that is there, ours, and not as desired. */
export interface Change {
  readonly desired: Desired;
  readonly live: LiveObject;
  /** Paths of the fields that differ, such as `spec.ref.branch`. */
  readonly fields: readonly string[];
  /** Why it may be changed although it was not ours: the project is read again first. */
  readonly claim?: "takeOver" | "adopt";
  /** false: a Namespace that was adopted; other managers' fields are left to them, and a conflict stalls. */
  readonly force: boolean;
}

/** An object that may be deleted, as it was read: its uid and resourceVersion are the preconditions. */
export interface Doomed extends ObjectId {
  readonly live: LiveObject;
}

/** The cause of a failed set-up, and the object that it was met on. */
export interface Cause extends Problem {
  readonly object?: ObjectId;
}

/**
 * What to do next. A step is data: nothing is done until the executor gets it.
 *
 * - read: look at these by name before anything is decided about them
 * - create, update, delete: act on objects
 * - resume: un-suspend a Flux object that is about to be deleted, or it would go without pruning
 * - orphan: let an object go from our hands, and leave it in place
 * - strip: take Flux's finalizers off an object that is being deleted, where Flux does not run
 * - credential: one step in the life of a credential that the operator makes itself
 * - consume: take namespaces that are gone out of the confirm-delete annotation
 * - mark: write the durable outcome of a set-up, and end the pass; only a pass that read it back goes on
 * - wait: look again later; `stall`: terminal until something changes
 * - settled: all is as desired; for a project that is being deleted: nothing is left
 */
export type Step =
  | { readonly kind: "read"; readonly phase: Phase; readonly objects: readonly ObjectId[] }
  | { readonly kind: "create"; readonly phase: Phase; readonly objects: readonly Desired[] }
  | { readonly kind: "update"; readonly phase: Phase; readonly changes: readonly Change[] }
  | { readonly kind: "delete"; readonly phase: Phase; readonly objects: readonly Doomed[] }
  | { readonly kind: "resume"; readonly phase: Phase; readonly objects: readonly Doomed[] }
  | { readonly kind: "orphan"; readonly phase: Phase; readonly objects: readonly Doomed[] }
  | { readonly kind: "strip"; readonly phase: Phase; readonly objects: readonly Doomed[] }
  | { readonly kind: "credential"; readonly phase: Phase; readonly action: CredentialAction }
  | { readonly kind: "consume"; readonly phase: Phase; readonly namespaces: readonly string[] }
  | MarkStep
  | WaitStep
  | StallStep
  | { readonly kind: "settled"; readonly phase: Phase };

export interface MarkStep {
  readonly kind: "mark";
  readonly phase: Phase;
  readonly outcome: "RollingBack" | "Failed" | "Retrying";
  readonly cause: Cause;
}

export interface WaitStep {
  readonly kind: "wait";
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
  /** Milliseconds, or the back-off of this project. */
  readonly lookAgainIn: Milliseconds | "backoff";
  /** True when something is wrong, not only unfinished. */
  readonly failing: boolean;
  /** Not given up after setup.timeout: the project can do nothing for it. */
  readonly untimed?: true;
  /** Where it was met, when it was met on one object. */
  readonly object?: ObjectId;
  /** Milliseconds since the epoch at which a look is needed, whatever the back-off says. */
  readonly notLaterThan?: Milliseconds;
}

export interface StallStep {
  readonly kind: "stall";
  readonly phase: Phase;
  readonly reason: Reason;
  readonly message: string;
}

/** Steps that end a pass. */
export type FinalStep = Extract<Step, { kind: "mark" | "wait" | "stall" | "settled" }>;
export type ActionStep = Exclude<Step, FinalStep>;
/** Steps that act on managed objects; the others act on the project itself, and on its credential. */
export type ObjectStep = Exclude<ActionStep, { kind: "consume" | "credential" }>;

const FINAL: ReadonlySet<Step["kind"]> = new Set(["mark", "wait", "stall", "settled"]);
export const isFinal = (step: Step): step is FinalStep => FINAL.has(step.kind);
