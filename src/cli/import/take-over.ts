import type { Secret } from "kubernetes-types/core/v1";
import { credentialSecretOf } from "../../api/credential.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, isAlreadyExists, type PartialObjectMetadata, SECRETS } from "../../kube/index.ts";
import { describe, type ObjectId, objectKey, plannedIds } from "../../plan/index.ts";
import { PROJECTS, refOf, resourceOf } from "../../reconcile/resources.ts";
import { mark } from "../adopt/mark.ts";
import { untilTakenOver } from "../adopt/taken-over.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import type { Derived } from "./derive.ts";
import type { EnvironmentPlan } from "./plan.ts";
import type { Found } from "./read.ts";
import { retirementOf } from "./retired.ts";
import { keptOf, replacedDeliveries } from "./steps.ts";

export interface TakeOver {
  derived: Derived;
  plans: readonly EnvironmentPlan[];
  /** The Secret to copy, with its data; undefined where none is. */
  secret: Secret | undefined;
  found: Found;
  timeout: string;
}

/**
 * Does what the plan says, in its order; each step is safe to repeat. At the end every object that was to be kept is
 * looked at again: its uid has to be the one from before.
 * @throws CliError
 */
export async function takeOver(
  client: BunK8sClient,
  { derived, plans, secret, found, timeout }: TakeOver,
  io: Io,
): Promise<void> {
  const kept = keptOf(plans);
  const before = await uidsOf(client, kept, io);
  if (secret !== undefined) await copySecret(client, derived, secret, io);
  for (const id of replacedDeliveries(plans)) {
    await patch(client, id, "merge", retirementOf(id, found), "suspend", io);
  }
  const { metadata, spec } = derived.manifest;
  const adopter = { ...metadata, projectId: spec.projectId, project: undefined };
  const objects = new Map(
    plans.flatMap(({ fates }) =>
      fates.flatMap((fate) => (fate.kind === "kept" ? [[objectKey(fate.id), fate.object] as const] : [])),
    ),
  );
  for (const id of kept) {
    const object: PartialObjectMetadata = objects.get(objectKey(id)) ?? {};
    await mark(client, id, object, adopter, false, io);
  }
  const manifest = derived.manifest as ProjectGitOps;
  const project = await ask(
    io,
    `create ProjectGitOps ${metadata.namespace}/${metadata.name}`,
    client.create(PROJECTS, manifest, { fieldManager: CLI_FIELD_MANAGER }),
  );
  // Only now: interrupted before, the same import has to find the source again.
  for (const { sourceElsewhere } of plans) {
    const removal = [{ op: "remove", path: "/spec/sourceRef/namespace" }];
    if (sourceElsewhere) await patch(client, sourceElsewhere, "json", removal, "change the source of", io);
  }
  await untilTakenOver(client, project, plannedIds(project.spec), timeout, io);
  verify(kept, before, await uidsOf(client, kept, io));
}

/** @throws CliError, exit code 1, for each that was made anew */
function verify(
  ids: readonly ObjectId[],
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
): void {
  const anew = ids.filter((_, place) => before[place] !== after[place]);
  if (anew.length === 0) return;
  throw new CliError(`${anew.length} of ${ids.length} objects were made anew`, {
    details: anew.map(describe),
    exitCode: EXIT.no,
  });
}

const uidsOf = (client: BunK8sClient, ids: readonly ObjectId[], io: Io): Promise<(string | undefined)[]> =>
  Promise.all(
    ids.map(async (id) => {
      const object = await ask(
        io,
        `read ${describe(id)}`,
        client.getMetadata(resourceOf(id.kind), refOf(id)),
      );
      return object.metadata?.uid;
    }),
  );

/** One that is there is used as it is. */
async function copySecret(
  client: BunK8sClient,
  { manifest }: Derived,
  { data }: Secret,
  io: Io,
): Promise<void> {
  const { namespace } = manifest.metadata;
  const name = credentialSecretOf(manifest.spec) ?? "";
  const copy: Secret = { metadata: { namespace, name }, type: "Opaque", ...(data ? { data } : {}) };
  const creating = client
    .create(SECRETS, copy, { fieldManager: CLI_FIELD_MANAGER })
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
  await ask(io, `create Secret ${namespace}/${name}`, creating);
}

async function patch(
  client: BunK8sClient,
  id: ObjectId,
  type: "merge" | "json",
  body: unknown,
  doing: string,
  io: Io,
): Promise<void> {
  // Ignore: deletionPolicy is not in every version of Flux, and suspend alone is enough.
  const options = { type, fieldManager: CLI_FIELD_MANAGER, fieldValidation: "Ignore" } as const;
  await ask(io, `${doing} ${describe(id)}`, client.patch(resourceOf(id.kind), refOf(id), body, options));
}
