import { ANNOTATIONS, FIELD_MANAGER } from "../api/names.ts";
import type { BunK8sClient, CallOptions, KubeObject } from "../kube/index.ts";
import { type Change, type Doomed, FLUX_FINALIZER, isOurs, type LiveObject } from "../machine/index.ts";
import type { Desired, Manifest } from "../plan/index.ts";
import type { ConfirmedNamespace } from "./confirmed-namespace.ts";
import { letGo, takeOverFields } from "./field-ownership.ts";
import { asLive, refOf, resourceOf } from "./resources.ts";

/** The only calls that change managed objects. Each is safe to repeat and safe with two writers (rule 5). */

/** Claims a Namespace by creating it. Rejects with AlreadyExists when somebody has it. */
export function createNamespace(
  client: BunK8sClient,
  desired: Desired,
  uid: string,
  options: CallOptions,
): Promise<LiveObject> {
  return post(client, desired, uid, options);
}

/** Creates an object inside a Namespace that is known to be there. */
export function createInside(
  client: BunK8sClient,
  home: ConfirmedNamespace,
  desired: Desired,
  uid: string,
  options: CallOptions,
): Promise<LiveObject> {
  if (home.name !== desired.namespace) throw new Error(`${desired.name} does not belong into ${home.name}`);
  return post(client, desired, uid, options);
}

async function post(client: BunK8sClient, desired: Desired, uid: string, options: CallOptions) {
  const body = annotated(desired.manifest, { [ANNOTATIONS.createdBy]: uid });
  return asLive(await client.create(resourceOf(desired.kind), body as KubeObject, options));
}

/**
 * Server-side apply of one changed object. Fields that came by our POST belong to an `Update` entry,
 * which an apply does not clear: that entry is turned into an `Apply` one first (rule 2).
 */
export async function converge(
  client: BunK8sClient,
  change: Change,
  requestedAt: string,
  options: CallOptions,
): Promise<LiveObject> {
  const { desired, live } = change;
  const resource = resourceOf(desired.kind);
  if ((live.metadata.managedFields ?? []).some((entry) => isOurs(entry) && entry.operation === "Update")) {
    await client.patch(resource, refOf(desired), takeOverFields(live), { ...options, type: "json" });
  }
  const body = annotated(desired.manifest, carried(change, requestedAt));
  const withUid = { ...body, metadata: { ...body.metadata, uid: live.metadata.uid } };
  return asLive(
    await client.apply(resource, withUid as KubeObject, {
      ...options,
      fieldManager: FIELD_MANAGER,
      force: change.force,
    }),
  );
}

/** Un-suspends a Flux object that is about to go: a suspended one goes without pruning. */
export async function resume(
  client: BunK8sClient,
  doomed: Doomed,
  options: CallOptions,
): Promise<LiveObject> {
  const { uid, resourceVersion } = doomed.live.metadata;
  const patch = { metadata: { uid, resourceVersion }, spec: { suspend: false } };
  return asLive(
    await client.patch(resourceOf(doomed.kind), refOf(doomed), patch, {
      ...options,
      type: "merge",
    }),
  );
}

/** Lets an object go from our hands and leaves it in place: our labels, annotations and field ownership. */
export async function orphan(
  client: BunK8sClient,
  doomed: Doomed,
  options: CallOptions,
): Promise<LiveObject> {
  const patched = await client.patch(resourceOf(doomed.kind), refOf(doomed), letGo(doomed.live), {
    ...options,
    type: "json",
  });
  return asLive(patched);
}

/** Takes Flux's finalizers off an object that is being deleted, where an administrator says that no Flux will come. */
export async function strip(client: BunK8sClient, doomed: Doomed, options: CallOptions): Promise<LiveObject> {
  const { uid, resourceVersion, finalizers = [] } = doomed.live.metadata;
  const rest = finalizers.filter((finalizer) => finalizer !== FLUX_FINALIZER);
  const patch = { metadata: { uid, resourceVersion, finalizers: rest } };
  const patched = await client.patch(resourceOf(doomed.kind), refOf(doomed), patch, {
    ...options,
    type: "merge",
  });
  return asLive(patched);
}

/** Deletes exactly the object that was judged: its uid and resourceVersion are preconditions. */
export async function remove(client: BunK8sClient, doomed: Doomed, options: CallOptions): Promise<void> {
  const { uid, resourceVersion } = doomed.live.metadata;
  await client.delete(resourceOf(doomed.kind), refOf(doomed), {
    ...options,
    preconditions: { uid, resourceVersion },
    // Kubernetes' default for the kinds here, said because an explicit policy survives a change of default.
    propagationPolicy: "Background",
  });
}

/** created-by is carried forward and never re-stamped; a new credential makes Flux look at once. */
function carried({ live, fields }: Change, requestedAt: string): Record<string, string> {
  const before = live.metadata.annotations ?? {};
  const createdBy = before[ANNOTATIONS.createdBy];
  const requested = fields.includes(`metadata.annotations.${ANNOTATIONS.credentialVersion}`)
    ? requestedAt
    : before[ANNOTATIONS.requestedAt];
  return {
    ...(createdBy ? { [ANNOTATIONS.createdBy]: createdBy } : {}),
    ...(requested ? { [ANNOTATIONS.requestedAt]: requested } : {}),
  };
}

const annotated = (manifest: Manifest, annotations: Record<string, string>): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, annotations: { ...manifest.metadata.annotations, ...annotations } },
});
