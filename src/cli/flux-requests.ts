import { ANNOTATIONS } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, KubeObject } from "../kube/index.ts";
import { describe, isDelivery, type ObjectId, plannedIds } from "../plan/index.ts";
import { refOf, resourceOf } from "../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "./change.ts";
import { ask } from "./connect.ts";
import { CliError, EXIT } from "./errors.ts";
import { timeoutMs } from "./follow.ts";
import type { Io } from "./io.ts";

interface FluxObject extends KubeObject {
  spec?: { suspend?: boolean };
  status?: { lastHandledReconcileAt?: string };
}

export const sourcesOf = ({ spec }: ProjectGitOps): ObjectId[] =>
  plannedIds(spec).filter(({ kind }) => kind === "GitRepository");
export const deliveriesOf = ({ spec }: ProjectGitOps): ObjectId[] =>
  plannedIds(spec).filter(({ kind }) => isDelivery(kind));

/** Asks Flux for a look at these now. @returns those that will answer: a suspended one does not */
export async function requestFlux(
  client: BunK8sClient,
  ids: readonly ObjectId[],
  at: string,
  io: Io,
): Promise<ObjectId[]> {
  const patch = { metadata: { annotations: { [ANNOTATIONS.requestedAt]: at } } };
  const answering = await Promise.all(
    ids.map(async (id) => {
      const object: FluxObject = await ask(
        io,
        `ask for a look at ${describe(id)}`,
        client.patch(resourceOf(id.kind), refOf(id), patch, {
          type: "merge",
          fieldManager: CLI_FIELD_MANAGER,
        }),
      );
      return object.spec?.suspend === true ? [] : [id];
    }),
  );
  return answering.flat();
}

const LOOK_EVERY_MS = 250;

/** Waits until Flux has handled the request on each of these. @throws CliError, exit code 1 after the timeout */
export async function untilHandled(
  client: BunK8sClient,
  ids: readonly ObjectId[],
  at: string,
  timeout: string,
  io: Io,
): Promise<void> {
  const end = performance.now() + (await timeoutMs(timeout));
  const interrupted = io.interrupted();
  let spoken = performance.now();
  for (let open = ids; open.length > 0; ) {
    open = (
      await Promise.all(open.map(async (id) => ((await isHandled(client, id, at, io)) ? [] : [id])))
    ).flat();
    if (open.length === 0) return;
    const names = open.map(describe).join(", ");
    if (interrupted.aborted) throw new CliError(`stopped waiting for Flux to look at ${names}`);
    if (performance.now() > end) throw silent(names, timeout);
    if (performance.now() - spoken > 1000) {
      spoken = performance.now();
      io.err(`waiting for Flux to look at ${names}\n`);
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

async function isHandled(client: BunK8sClient, id: ObjectId, at: string, io: Io): Promise<boolean> {
  const reading = client.get(resourceOf(id.kind), refOf(id));
  const { status }: FluxObject = await ask(io, `read ${describe(id)}`, reading);
  return status?.lastHandledReconcileAt === at;
}

const silent = (names: string, timeout: string): CliError =>
  new CliError(`waited ${timeout} for Flux to look at ${names}, in vain`, {
    next: "is Flux running? projectgitops check",
    exitCode: EXIT.no,
  });
