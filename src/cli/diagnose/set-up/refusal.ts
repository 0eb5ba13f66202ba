import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { reconcileCommand } from "./about.ts";
import type { Trouble } from "./trouble.ts";

/** A write of the operator that the API server refused. */
export interface Refused {
  readonly project: ProjectGitOps;
  readonly trouble: Trouble;
  /** What was to be written: the object, or its project where the message names none. */
  readonly target: string;
  /** The set-up was given up for it: what has been mended since is no trouble any more, but has to be started again. */
  readonly isOver: boolean;
}

/** What all findings of refusals say of where they were met. */
export const aboutRefused = ({ project, trouble }: Refused) => ({
  project: projectKey(project.metadata),
  environment: trouble.object?.environment,
  since: trouble.since,
});

/** The back-off may be long, and a set-up that was given up does not begin again by itself. */
export const thenReconcile = (fix: string, { project }: Refused): string =>
  `${fix}\n${reconcileCommand(project)}`;

/** What stood in the way is gone, and the operator does not know yet. */
export const AGAIN =
  "it is gone now, and the operator tries again by itself, after a back-off of up to 15 minutes";
