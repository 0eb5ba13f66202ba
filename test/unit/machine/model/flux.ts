import type { ModelServer, Stored } from "./api-server.ts";

const KINDS = ["GitRepository", "Kustomization", "HelmRelease"] as const;
const FINALIZER = "finalizers.fluxcd.io";

/** Deliveries that went while they were suspended: Flux then does not prune. */
export type Unpruned = string[];

/** Why a GitRepository cannot be fetched, in Flux's words; undefined where it can. */
export type Refusal = (repository: Stored) => string | undefined;

/** What Flux's controllers have done in the end: finalizers, Ready, and pruning on deletion. */
export function fluxControllers(
  server: ModelServer,
  unpruned: Unpruned,
  refusal: Refusal = () => undefined,
): void {
  for (const object of KINDS.flatMap((kind) => server.list(kind))) {
    const ref = { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
    const actor = { manager: "flux-controller" };
    const { finalizers = [], deletionTimestamp, uid } = object.metadata;
    if (deletionTimestamp) {
      if (!finalizers.includes(FINALIZER)) continue;
      if (isSuspended(object) && object.kind !== "GitRepository") unpruned.push(ref.name);
      server.merge(
        object.kind ?? "",
        ref,
        { metadata: { uid, finalizers: finalizers.filter((one) => one !== FINALIZER) } },
        actor,
      );
      continue;
    }
    if (!finalizers.includes(FINALIZER))
      server.merge(object.kind ?? "", ref, { metadata: { finalizers: [...finalizers, FINALIZER] } }, actor);
    if (!isSuspended(object))
      server.merge(object.kind ?? "", ref, { status: readyStatus(object, refusal) }, actor, "status");
  }
}

const isSuspended = (object: Stored): boolean =>
  (object["spec"] as { suspend?: boolean } | undefined)?.suspend === true;

function readyStatus(object: Stored, refusal: Refusal): object {
  const { kind, metadata } = object;
  const refused = kind === "GitRepository" ? refusal(object) : undefined;
  const requestedAt = metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
  const revision = "main@sha1:1f3c9ab";
  return {
    observedGeneration: metadata.generation,
    conditions: [
      {
        type: "Ready",
        status: refused === undefined ? "True" : "False",
        reason: refused === undefined ? "Succeeded" : "GitOperationFailed",
        message: refused ?? `stored artifact for revision '${revision}'`,
        observedGeneration: metadata.generation,
      },
    ],
    ...(kind === "GitRepository"
      ? { artifact: { revision } }
      : { lastAppliedRevision: revision, inventory: { entries: [{ id: "x", v: "v1" }] } }),
    ...(requestedAt ? { lastHandledReconcileAt: requestedAt } : {}),
  };
}
