import type { Milliseconds } from "../api/duration.ts";
import { ANNOTATIONS } from "../api/names.ts";
import type { Phase, ProjectGitOps, Reason } from "../api/schema.ts";
import { describe, isFlux } from "../plan/index.ts";
import { terminatingBecause } from "./namespaces.ts";
import type { Observed } from "./observed.ts";
import type { Doomed, WaitStep } from "./step.ts";

/** The namespace controller takes its time, always: a look before that is wasted. */
const NAMESPACE_GRACE: Milliseconds = 5500;
/** Flux takes its finalizer off in under a second; after this long nobody is there to do it. */
const FLUX_ANSWERS_WITHIN: Milliseconds = 60_000;
export const FLUX_FINALIZER = "finalizers.fluxcd.io";

/** Names listed in an annotation of the project, such as confirm-delete. */
export const listedIn = ({ metadata }: ProjectGitOps, annotation: string): string[] =>
  (metadata.annotations?.[annotation] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** An administrator has said that no Flux will come. */
export const isForced = ({ project }: Observed, { namespace }: Doomed): boolean =>
  listedIn(project, ANNOTATIONS.forceDelete).includes(namespace);

export const hasFluxFinalizer = ({ kind, live }: Doomed): boolean =>
  isFlux(kind) && live.metadata.finalizers?.includes(FLUX_FINALIZER) === true;

/** Everything of a rank is on its way out: says what is waited for, why, and when a look is worth it. */
export function waitUntilGone(
  { phase, reason }: { phase: Phase; reason: Reason },
  observed: Observed,
  doomed: readonly Doomed[],
): WaitStep {
  const stuck = doomed.find(
    (object) => hasFluxFinalizer(object) && age(object, observed.now) >= FLUX_ANSWERS_WITHIN,
  );
  if (stuck) return fluxIsSilent(phase, observed.project, stuck);
  const namespaces = doomed.filter(({ kind }) => kind === "Namespace");
  const held = namespaces.map(({ live }) => terminatingBecause(live)).filter((text) => text !== "");
  const until = `waiting until ${doomed.map(describe).join(", ")} ${doomed.length === 1 ? "is" : "are"} gone`;
  const ready = namespaces.map((object) => NAMESPACE_GRACE - age(object, observed.now));
  return {
    kind: "wait",
    phase,
    reason: namespaces.length > 0 ? "NamespaceTerminating" : reason,
    message: [until, ...held].join(": "),
    // After the grace period with the project's back-off: a stuck namespace is explained, not retried hot.
    lookAgainIn:
      namespaces.length > 0 && ready.every((ms) => ms < -LONG) ? "backoff" : Math.max(500, ...ready),
    failing: held.length > 0,
  };
}

/** Past this a namespace does not go by itself. */
const LONG: Milliseconds = 30_000;

const age = ({ live }: Doomed, now: Milliseconds): Milliseconds => {
  const since = Date.parse(live.metadata.deletionTimestamp ?? "");
  return Number.isNaN(since) ? 0 : now - since;
};

function fluxIsSilent(phase: Phase, { metadata }: ProjectGitOps, stuck: Doomed): WaitStep {
  return {
    kind: "wait",
    phase,
    reason: "FluxControllerNotResponding",
    message:
      `${describe(stuck)} waits for Flux to take its finalizer off, and Flux does not answer: is the controller running? ` +
      `Where there is no Flux any more: kubectl annotate pgops ${metadata.name} -n ${metadata.namespace} ${ANNOTATIONS.forceDelete}=${stuck.namespace}`,
    lookAgainIn: "backoff",
    failing: true,
    object: stuck,
  };
}
