import type { ProjectGitOps } from "../api/schema.ts";
import { standingOf } from "../api/standing.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { describe, type ObjectId } from "../plan/index.ts";
import { PROJECTS, projectKey, projectRef, refOf, resourceOf } from "../reconcile/index.ts";
import { hasHandled } from "../reconcile/requests.ts";
import { type SyncStatus, syncStatus } from "./flux-sync-service.ts";
import { NotReadyError } from "./not-ready-error.ts";
import { until } from "./until.ts";

/** How long several waits may take together. */
export interface Patience {
  /** Of performance.now(). */
  ends: number;
  signal: AbortSignal | undefined;
}

const left = ({ ends, signal }: Patience) => ({
  timeoutMs: Math.max(0, Math.round(ends - performance.now())),
  signal,
});

/** Waits until Flux has answered the request of this time. One that is gone meanwhile is not waited for. */
export async function untilHandled(
  client: BunK8sClient,
  id: ObjectId,
  at: string,
  patience: Patience,
): Promise<void> {
  await until(client, resourceOf(id.kind), refOf(id), {
    ...left(patience),
    what: `Flux has looked at ${describe(id)}`,
    look: (object) => object === undefined || hasHandled(object, at) || undefined,
    describe: () => "is Flux running? projectgitops check",
  });
}

/** Waits until the project is Ready for what it says now. @throws NotReadyError, NotInTime, the signal's reason */
export function untilReady(
  client: BunK8sClient,
  asked: ProjectGitOps,
  patience: Patience,
): Promise<SyncStatus> {
  const key = projectKey(asked.metadata);
  return until(client, PROJECTS, projectRef(asked), {
    ...left(patience),
    what: `ProjectGitOps ${key} is Ready`,
    look: (project) => {
      if (project === undefined || project.metadata.uid !== asked.metadata.uid)
        throw new NotReadyError(key, "Deleted", "it is gone");
      const standing = standingOf(project);
      if (standing.kind === "stuck") throw new NotReadyError(key, standing.reason, standing.message);
      return standing.kind === "ready" ? syncStatus(project) : undefined;
    },
    describe: (project) => (project ? syncStatus(project).message : "it is not there"),
  });
}
