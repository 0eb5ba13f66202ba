import { CRD_NAME } from "../../api/crd.ts";
import { type BunK8sClient, isConflict, type KubeObject } from "../../kube/index.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { SeenObject } from "../installed/seen.ts";
import type { Io } from "../io.ts";

/** What applying did to an object, in the words that the line of it ends with. */
export type Outcome = "created" | "changed" | "unchanged";

/** What applying would do; a new object is not sent, since its namespace may not be there yet. */
export async function foresee(
  client: BunK8sClient,
  object: SeenObject,
  force: boolean,
  io: Io,
): Promise<Outcome> {
  if (object.live === undefined) return "created";
  return difference(object.live, await applied(client, object, { force, dryRun: true }, io));
}

/** Applies it, and tells what that came to. */
export async function bringAbout(
  client: BunK8sClient,
  object: SeenObject,
  force: boolean,
  io: Io,
): Promise<Outcome> {
  const after = await applied(client, object, { force, dryRun: false }, io);
  return object.live === undefined ? "created" : difference(object.live, after);
}

/** @throws CliError, exit code 1, with the fields that others hold */
async function applied(
  client: BunK8sClient,
  { resource, ref, text, manifest }: SeenObject,
  { force, dryRun }: { force: boolean; dryRun: boolean },
  io: Io,
): Promise<KubeObject> {
  // The CRD belongs to the version of the program, and nobody adapts it.
  const options = { fieldManager: CLI_FIELD_MANAGER, force: force || ref.name === CRD_NAME, dryRun };
  const applying = client.apply(resource, manifest, options).catch((error: unknown) => {
    if (!isConflict(error) || error.causes.length === 0) throw error;
    throw new CliError(`${text} was changed by others, and is not put back`, {
      details: error.causes.map(({ field, message }) => `${field ?? ""}: ${message ?? ""}`),
      next: `leave it as it is, or take it over: ${io.name} install --force …`,
      exitCode: EXIT.no,
    });
  });
  return ask(io, `apply ${text}`, applying);
}

const difference = (before: KubeObject, after: KubeObject): Outcome =>
  Bun.deepEquals(content(before), content(after)) ? "unchanged" : "changed";

/** Without what the API server writes down by itself, and without the status, which is not ours. */
function content(object: KubeObject): unknown {
  const {
    status: _,
    apiVersion: __,
    kind: ___,
    metadata,
    ...rest
  } = object as Record<string, unknown> & Described;
  const { managedFields: _1, resourceVersion: _2, generation: _3, ...own } = metadata ?? {};
  return { ...rest, metadata: own };
}

interface Described {
  metadata?: Record<string, unknown>;
}
