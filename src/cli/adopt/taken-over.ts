import { ANNOTATIONS } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { standingOf } from "../../api/standing.ts";
import { type BunK8sClient, isNotFound } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { PROJECTS, projectRef, refOf, resourceOf } from "../../reconcile/resources.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { endOfWaiting, timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";

const LOOK_EVERY_MS = 250;

/**
 * Waits until the operator holds each of these for this project.
 * @param asked value of a request for a look: what the status said before it was handled is of before the marks;
 *   absent: the project is younger than they are
 * @throws CliError, exit code 1 where waiting does not help and after the timeout
 */
export async function untilTakenOver(
  client: BunK8sClient,
  project: ProjectGitOps,
  ids: readonly ObjectId[],
  timeout: string,
  io: Io,
  asked?: string,
): Promise<void> {
  const end = performance.now() + (await timeoutMs(timeout));
  const interrupted = io.interrupted();
  const { uid = "", namespace, name } = project.metadata;
  const next = `${io.name} diagnose ${name} -n ${namespace}`;
  let said = "";
  for (let open = ids; ; ) {
    open = (
      await Promise.all(open.map(async (id) => ((await isHeldBy(client, id, uid, io)) ? [] : [id])))
    ).flat();
    if (open.length === 0) return;
    const what = open.map(describe).join(", ");
    const seen = await ask(
      io,
      `read ProjectGitOps ${namespace}/${name}`,
      client.get(PROJECTS, projectRef(project)),
    );
    const standing = standingOf(seen);
    const isAnswer = asked === undefined || seen.status?.lastHandledReconcileAt === asked;
    if (standing.kind === "stuck" && isAnswer) {
      throw new CliError(`ProjectGitOps ${namespace}/${name} does not take over ${what}`, {
        details: [standing.message],
        next,
        exitCode: EXIT.no,
      });
    }
    const message = standing.kind === "ready" ? "Ready" : standing.message;
    if (said !== message) io.err(`waiting for ${namespace}/${name} to take over ${what}: ${message}\n`);
    said = message;
    if (interrupted.aborted || performance.now() > end)
      throw endOfWaiting(what, { timeout, last: message, next }, interrupted);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

async function isHeldBy(client: BunK8sClient, id: ObjectId, uid: string, io: Io): Promise<boolean> {
  const reading = client.getMetadata(resourceOf(id.kind), refOf(id)).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const object = await ask(io, `read ${describe(id)}`, reading);
  return object?.metadata?.annotations?.[ANNOTATIONS.ownerUid] === uid;
}
