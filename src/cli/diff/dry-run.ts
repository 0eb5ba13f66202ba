import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, isConflict, isNotFound } from "../../kube/index.ts";
import { PROJECTS } from "../../reconcile/index.ts";
import { LAST_APPLIED, threeWayPatch } from "./last-applied.ts";

/** Who would apply, and with what right over fields of others. */
export interface ApplyAs {
  /** Field manager of a server-side apply; absent: as the object was applied before. */
  fieldManager?: string | undefined;
  /** Take fields over from other managers. */
  forceConflicts?: boolean | undefined;
}

export interface DryRun {
  /** Undefined where the object is not there yet. */
  before: ProjectGitOps | undefined;
  after: ProjectGitOps;
}

/**
 * What the API server would make of a manifest, defaults and all, without storing it.
 *
 * Which fields an apply removes depends on who applied before, so the dry run does what that one would do:
 * - after a server-side apply (kubectl apply --server-side is the manager "kubectl", Flux "kustomize-controller") the
 *   same manager applies again: what it owns and no longer says goes. Flux takes conflicts by force, kubectl does not;
 * - after a plain `kubectl apply`, or a create, the patch that the next `kubectl apply` would send;
 * - a new object is created. The manager's name decides nothing there.
 * Under a name of our own nothing would ever be removed, and fields of kubectl would come as conflicts.
 * @throws K8sApiError as the API server refuses it
 */
export async function dryRun(
  client: BunK8sClient,
  manifest: ProjectGitOps,
  as: ApplyAs = {},
): Promise<DryRun> {
  for (let tries = 1; ; tries++) {
    try {
      return await tryOnce(client, manifest, as);
    } catch (error) {
      // Another version than the one just read, such as the operator's first patch of a new object. A conflict over
      // fields names them.
      if (tries === TRIES || !isConflict(error) || error.causes.length > 0) throw error;
    }
  }
}

const TRIES = 5;

async function tryOnce(client: BunK8sClient, manifest: ProjectGitOps, as: ApplyAs): Promise<DryRun> {
  const ref = { namespace: manifest.metadata.namespace, name: manifest.metadata.name };
  const before = await client.get(PROJECTS, ref).catch((error: unknown) => {
    if (isNotFound(error) && error.details?.name !== undefined) return undefined;
    throw error;
  });
  if (before === undefined) {
    const after = await client.create(PROJECTS, manifest, { dryRun: true, fieldManager: KUBECTL });
    return { before, after };
  }
  // The very version that was read, or the difference would tell of other people's changes.
  const { uid, resourceVersion } = before.metadata;
  const manager = as.fieldManager ?? appliedBy(before);
  if (manager === undefined) {
    // kubectl's own annotation is always among those that it sends.
    const sent = { ...manifest, metadata: { annotations: {}, ...manifest.metadata } };
    const patch = threeWayPatch(lastApplied(before), asJson(sent), asJson(before));
    const options = { type: "merge", dryRun: true, fieldManager: KUBECTL_CLIENT_SIDE } as const;
    const exact = { ...patch, metadata: { ...(patch["metadata"] as object), uid, resourceVersion } };
    return { before, after: await client.patch(PROJECTS, ref, exact, options) };
  }
  const body = { ...manifest, metadata: { ...manifest.metadata, uid, resourceVersion } };
  const force = as.forceConflicts ?? manager === FLUX;
  const after = await client.apply(PROJECTS, body as ProjectGitOps, {
    dryRun: true,
    fieldManager: manager,
    force,
  });
  return { before, after };
}

const KUBECTL = "kubectl";
const KUBECTL_CLIENT_SIDE = "kubectl-client-side-apply";
const FLUX = "kustomize-controller";

/** The manager that applied the spec on the server's side; undefined where nobody did, or several. */
function appliedBy({ metadata }: ProjectGitOps): string | undefined {
  if (metadata.annotations?.[LAST_APPLIED] !== undefined) return undefined;
  const managers = (metadata.managedFields ?? [])
    .filter(({ operation, subresource }) => operation === "Apply" && subresource === undefined)
    .filter(({ fieldsV1 }) => fieldsV1 !== undefined && "f:spec" in fieldsV1)
    .map(({ manager }) => manager);
  if (managers.includes(KUBECTL)) return KUBECTL;
  return managers[0];
}

function lastApplied({ metadata }: ProjectGitOps): Record<string, unknown> | undefined {
  const text = metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined; // edited by hand: kubectl would refuse, and nothing is known of what was said before
  }
}

const asJson = (project: ProjectGitOps): Record<string, unknown> =>
  project as unknown as Record<string, unknown>;
