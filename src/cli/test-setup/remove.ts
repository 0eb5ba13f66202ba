import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask } from "../connect.ts";
import { deleteProject, untilGone } from "../delete/remove.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { pause } from "../look-again.ts";
import type { Timeline } from "./timeline.ts";
import { leftBehind } from "./verify.ts";
import type { MadeWatch } from "./watch-made.ts";

/** A namespace alone takes 5 to 10 s: how long becoming Ready may take says nothing about it. */
const PATIENCE = "2m";
/** The last news of the watches may come after that of the project. */
const LAST_NEWS_MS = 1000;

/**
 * Deletes the project and waits until it and its namespace are gone.
 * @returns what went wrong; undefined where all is gone
 */
export async function removeThrowaway(
  client: BunK8sClient,
  project: ProjectGitOps,
  timeline: Timeline,
  watch: MadeWatch,
  io: Io,
): Promise<CliError | undefined> {
  const { namespace, name } = project.metadata;
  // Who has pressed Ctrl-C waits for this; the second one ends the process, and the operator goes on with it.
  const steady = io.interrupted().aborted ? { ...io, interrupted: never } : io;
  if (steady !== io)
    io.err(`removing ${KIND} ${namespace}/${name}; Ctrl-C again leaves the rest to the operator\n`);
  try {
    await deleteProject(client, project, io);
    timeline.mark("deleted", "asked for");
    await untilGone(client, project, PATIENCE, steady);
    timeline.mark("gone");
    const over = new AbortController();
    await Promise.race([watch.done, pause(LAST_NEWS_MS, over.signal)]);
    over.abort();
    const left = await ask(io, "look for what is left", leftBehind(client, project));
    return left.length === 0 ? undefined : notGone(project, [`${left.join(", ")} is still there`], io);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return notGone(project, [error.message, ...error.details], io, error.exitCode);
  }
}

const never = (): AbortSignal => new AbortController().signal;

const notGone = (
  { metadata: { namespace, name } }: ProjectGitOps,
  details: string[],
  io: Io,
  exitCode: CliError["exitCode"] = EXIT.no,
): CliError =>
  new CliError(`${KIND} ${namespace}/${name} is not gone`, {
    details,
    next: `${io.name} delete ${name} -n ${namespace}`,
    exitCode,
  });
