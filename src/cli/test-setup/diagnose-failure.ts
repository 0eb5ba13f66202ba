import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { projectRef } from "../../reconcile/resources.ts";
import { ask } from "../connect.ts";
import { diagnose } from "../diagnose/diagnose.ts";
import { Look } from "../diagnose/look.ts";
import { notPermitted } from "../diagnose/not-permitted.ts";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { readProject } from "../projects.ts";
import type { Attempt } from "./outcome.ts";

/** Looks for what kept the project from being Ready, as `diagnose` does, while it is still there. */
export async function diagnoseFailure(
  client: BunK8sClient,
  made: ProjectGitOps,
  { message, details, exitCode }: CliError,
  io: Io,
): Promise<Attempt> {
  const { namespace, name } = projectRef(made);
  const failure = new CliError(`${KIND} ${namespace}/${name} did not become Ready`, {
    details: [message, ...details],
    next: "mend the flags, the Secret or the repository, and try again; with --keep the fixes above can be pasted",
    exitCode,
  });
  const started = performance.now();
  try {
    const project = await readProject(client, { namespace, name }, io);
    const look = new Look(client, io.now());
    const found = await ask(io, "look for the cause", diagnose(look, [project]));
    const findings = [...found, ...notPermitted(look)];
    const looked = { things: look.things + 1, milliseconds: performance.now() - started };
    return { failure, diagnosis: { findings, looked } };
  } catch (error) {
    if (!(error instanceof CliError)) return { failure: error };
    // The cluster that did not answer for the diagnosis is the news.
    const { next } = failure;
    const told = [...failure.details, error.message];
    return { failure: new CliError(failure.message, { details: told, exitCode, ...(next && { next }) }) };
  }
}
