import { KIND } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import { standingOf } from "../api/standing.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { CliError, EXIT } from "./errors.ts";
import { follow } from "./follow.ts";
import type { Io } from "./io.ts";
import { shortRevision } from "./project-row.ts";

/** Waits until a project is Ready for what it says now. @throws CliError, exit code 1, where waiting does not help */
export function untilReady(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
  timeout: string,
  io: Io,
): Promise<ProjectGitOps> {
  return follow(
    client,
    {
      ref,
      what: "to be Ready",
      timeout,
      look: (project) => {
        if (project === undefined) throw notReady(ref, "it was deleted", io);
        const standing = standingOf(project);
        if (standing.kind === "stuck") throw notReady(ref, standing.message, io);
        return standing.kind === "ready" ? { answer: project } : { waitingFor: standing.message };
      },
    },
    io,
  );
}

const notReady = (ref: { namespace: string; name: string }, message: string, io: Io): CliError =>
  new CliError(`${KIND} ${ref.namespace}/${ref.name} will not be Ready by waiting`, {
    details: [message],
    next: `${io.name} diagnose ${ref.name} -n ${ref.namespace}`,
    exitCode: EXIT.no,
  });

/** `platform/shop is Ready: development main@1f3c9ab, staging main@1f3c9ab`. */
export function readyLine({ metadata, status }: ProjectGitOps): string {
  const revisions = (status?.environments ?? []).map(
    ({ name, delivery }) => `${name} ${shortRevision(delivery?.revision ?? "-")}`,
  );
  return `${metadata.namespace}/${metadata.name} is Ready: ${revisions.join(", ")}\n`;
}
