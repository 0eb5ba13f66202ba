import type { BunK8sClient } from "../kube/index.ts";
import { describe, type ObjectId } from "../plan/index.ts";
import { hasHandled, requestLook } from "../reconcile/requests.ts";
import { refOf, resourceOf } from "../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "./change.ts";
import { ask } from "./connect.ts";
import { CliError, EXIT } from "./errors.ts";
import { timeoutMs } from "./follow.ts";
import type { Io } from "./io.ts";
import { unlessAborted } from "./look-again.ts";

/** Asks Flux for a look at these now. @returns those that will answer: a suspended one does not */
export async function requestFlux(
  client: BunK8sClient,
  ids: readonly ObjectId[],
  at: string,
  io: Io,
): Promise<ObjectId[]> {
  const answering = await Promise.all(
    ids.map(async (id) => {
      const asking = requestLook(client, id, at, { fieldManager: CLI_FIELD_MANAGER });
      return (await ask(io, `ask for a look at ${describe(id)}`, asking)) ? [id] : [];
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
    const looks = open.map(async (id) => ((await isHandled(client, id, at, io)) ? [] : [id]));
    open = (await unlessAborted(Promise.all(looks), interrupted))?.flat() ?? open;
    if (open.length === 0) return;
    const names = open.map(describe).join(", ");
    if (interrupted.aborted)
      throw new CliError(`stopped waiting for Flux to look at ${names}`, { exitCode: EXIT.interrupted });
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
  return hasHandled(await ask(io, `read ${describe(id)}`, reading), at);
}

const silent = (names: string, timeout: string): CliError =>
  new CliError(`waited ${timeout} for Flux to look at ${names}, in vain`, {
    next: "is Flux running? projectgitops check",
    exitCode: EXIT.no,
  });
