import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { PROJECT_NOT_READY } from "../catalogue/set-up.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { aboutProject } from "./about.ts";

/** The message of Ready, for want of anything better: `diagnose` drops it beside every other error of the project. */
export async function projectNotReady(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { namespace, name } = project.metadata;
  const ready = conditionOf(project, "Ready");
  if (ready?.status !== "False") return [];
  return [
    found(PROJECT_NOT_READY, {
      ...aboutProject(project),
      // Suspended, nobody looks: what Ready said before is all that is known.
      what:
        ready.reason === "Suspended" ? `${name} was not Ready when it was suspended` : `${name} is not Ready`,
      evidence: `${ready.reason}: ${ready.message}`,
      fix: `projectgitops events ${name} -n ${namespace}`,
      since: ready.lastTransitionTime,
    }),
  ];
}
