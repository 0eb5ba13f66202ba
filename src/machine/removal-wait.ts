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
  const silent = doomed.filter(
    (object) => hasFluxFinalizer(object) && age(object, observed.now) >= FLUX_ANSWERS_WITHIN,
  );
  if (silent.length > 0) return fluxIsSilent(phase, observed.project, silent);
  const namespaces = doomed.filter(({ kind }) => kind === "Namespace");
  const held = namespaces.map(({ live }) => terminatingBecause(live)).filter((text) => text !== "");
  const until = `waiting until ${doomed.map(describe).join(", ")} ${doomed.length === 1 ? "is" : "are"} gone`;
  return {
    kind: "wait",
    phase,
    reason: namespaces.length > 0 ? "NamespaceTerminating" : reason,
    message: [until, ...held].join(": "),
    ...nextLook(observed, doomed),
    failing: held.length > 0,
  };
}

/** Past this an object does not go by itself. */
const LONG: Milliseconds = 30_000;

/**
 * Soon after the time at which the last of them can be gone, then more and more rarely, then with the project's
 * back-off: what is stuck is explained, not retried hot.
 */
function nextLook(
  { now }: Observed,
  doomed: readonly Doomed[],
): Pick<WaitStep, "lookAgainIn" | "notLaterThan"> {
  const overdue = Math.min(
    ...doomed.map((object) => age(object, now) - (object.kind === "Namespace" ? NAMESPACE_GRACE : 0)),
  );
  if (overdue < 0) return { lookAgainIn: Math.max(500, -overdue) };
  if (overdue < LONG) return { lookAgainIn: Math.max(500, overdue / 2) };
  const silentFrom = doomed
    .filter(hasFluxFinalizer)
    .map((object) => now + FLUX_ANSWERS_WITHIN - age(object, now));
  return {
    lookAgainIn: "backoff",
    ...(silentFrom.length > 0 ? { notLaterThan: Math.min(...silentFrom) } : {}),
  };
}

const age = ({ live }: Doomed, now: Milliseconds): Milliseconds => {
  const since = Date.parse(live.metadata.deletionTimestamp ?? "");
  return Number.isNaN(since) ? 0 : now - since;
};

/** The command names all of them, and keeps what was named before: pasted as it is, it helps. */
function fluxIsSilent(phase: Phase, project: ProjectGitOps, silent: readonly Doomed[]): WaitStep {
  const { namespace, name } = project.metadata;
  const forced = [
    ...new Set([...listedIn(project, ANNOTATIONS.forceDelete), ...silent.map((object) => object.namespace)]),
  ];
  const [wait, its] = silent.length === 1 ? ["waits", "its finalizer"] : ["wait", "their finalizers"];
  return {
    kind: "wait",
    phase,
    reason: "FluxControllerNotResponding",
    message:
      `${silent.map(describe).join(", ")} ${wait} for Flux to take ${its} off, and Flux does not answer: is the controller running? ` +
      `Where there is no Flux any more: kubectl annotate --overwrite pgops ${name} -n ${namespace} ${ANNOTATIONS.forceDelete}=${forced.join(",")}`,
    lookAgainIn: "backoff",
    failing: true,
    ...(silent[0] ? { object: silent[0] } : {}),
  };
}
