import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, isNotFound, K8sApiError } from "../../kube/index.ts";
import { PROJECTS, projectRef } from "../../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";
import type { Cli } from "../program.ts";
import { untilReady } from "../until-ready.ts";
import { type Attempt, outcomeText } from "./outcome.ts";
import { removeThrowaway } from "./remove.ts";
import { type TestSetupFlags, throwawayName, throwawayProject } from "./throwaway.ts";
import { duration, Timeline } from "./timeline.ts";
import { verify } from "./verify.ts";
import { MadeWatch } from "./watch-made.ts";

/** Makes a throwaway project, waits until it is Ready, reads back what was made, removes it, and tells of it all. */
export async function testSetup(flags: TestSetupFlags, { io }: Cli): Promise<void> {
  const seconds = Math.max(10, Math.ceil((await timeoutMs(flags.timeout)) / 1000));
  const client = await connect(flags, io);
  const ref = { namespace: flags.namespace ?? client.namespace, name: throwawayName() };
  // From here on Ctrl-C ends the process only after what was made is removed.
  const interrupted = io.interrupted();
  const timeline = new Timeline(
    () => performance.now(),
    (at, step, what) =>
      io.err(`${duration(at).padStart(9)}  ${step.padEnd(20)} ${what}`.trimEnd().concat("\n")),
  );
  const project = await create(client, throwawayProject(flags, ref, `${seconds}s`), timeline, io);
  const ended = new AbortController();
  const watch = new MadeWatch(client, project, timeline, ended.signal);
  try {
    const attempt = await tryOut(client, project, timeline, flags.timeout, io);
    const left = flags.keep ? undefined : await removeThrowaway(client, project, timeline, watch, io);
    if (interrupted.aborted) throw stopped(project, flags, left, io);
    const kept = flags.keep === true;
    io.out(
      await outcomeText(
        { ...attempt, project, kept, removed: !kept && !left, steps: timeline.steps },
        flags,
        io,
      ),
    );
    for (const closed of watch.closed) io.err(`note: you may not watch ${closed}: it is not in the table\n`);
    const failure = attempt.failure ?? left;
    if (failure !== undefined) throw failure;
  } finally {
    ended.abort();
  }
}

async function create(
  client: BunK8sClient,
  wanted: ProjectGitOps,
  timeline: Timeline,
  io: Io,
): Promise<ProjectGitOps> {
  const ref = projectRef(wanted);
  const name = `${KIND} ${ref.namespace}/${ref.name}`;
  const signal = io.interrupted();
  timeline.restart();
  const creating = client
    .create(PROJECTS, wanted, { fieldManager: CLI_FIELD_MANAGER, signal })
    .catch(async (error) => {
      if (error instanceof K8sApiError) throw error;
      // No answer came: it may be there all the same, and the name is nobody else's.
      const removed = await client.delete(PROJECTS, ref, { timeoutMs: LAST_TRY_MS }).then(
        () => true,
        (failure) => isNotFound(failure),
      );
      if (!signal.aborted) throw error;
      throw new CliError(`interrupted: ${name} was not made`, {
        exitCode: EXIT.interrupted,
        ...(removed ? {} : { next: `it may have been: ${io.name} delete ${ref.name} -n ${ref.namespace}` }),
      });
    });
  const project = await ask(io, `create ${name}`, creating);
  timeline.mark("applied", name);
  return project;
}

const LAST_TRY_MS = 2000;

/** Never throws: what was made must be removed, whatever comes. */
async function tryOut(
  client: BunK8sClient,
  project: ProjectGitOps,
  timeline: Timeline,
  timeout: string,
  io: Io,
): Promise<Attempt> {
  try {
    await untilReady(client, projectRef(project), timeout, io);
    timeline.mark("Ready");
    const verified = await ask(io, "read what was made", verify(client, project));
    timeline.mark("verified", `${verified.objects.length} objects read back`);
    if (verified.problems.length === 0) return { verified };
    const { namespace, name } = projectRef(project);
    const failure = new CliError(`${KIND} ${namespace}/${name} is Ready, and not all is as it should be`, {
      details: verified.problems,
      exitCode: EXIT.no,
    });
    return { verified, failure };
  } catch (error) {
    if (io.interrupted().aborted || !(error instanceof CliError)) return { failure: error };
    const { diagnoseFailure } = await import("./diagnose-failure.ts");
    return diagnoseFailure(client, project, error, io);
  }
}

function stopped(
  project: ProjectGitOps,
  { keep }: TestSetupFlags,
  left: CliError | undefined,
  io: Io,
): CliError {
  const { namespace, name } = projectRef(project);
  if (left !== undefined) return left;
  if (!keep) return new CliError("interrupted: what was made is removed", { exitCode: EXIT.interrupted });
  return new CliError(`interrupted: ${KIND} ${namespace}/${name} is kept`, {
    next: `${io.name} delete ${name} -n ${namespace}`,
    exitCode: EXIT.interrupted,
  });
}
