import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../standing.ts";
import { PROJECT_NOT_READY } from "../catalogue/set-up.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";

/** The message of Ready, for want of anything better: `diagnose` drops it beside every other error of the project. */
export async function projectNotReady(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { namespace, name } = project.metadata;
  const ready = conditionOf(project, "Ready");
  if (ready?.status !== "False") return [];
  return [
    found(PROJECT_NOT_READY, {
      project: `${namespace}/${name}`,
      object: `ProjectGitOps ${namespace}/${name}`,
      what: `${name} is not Ready`,
      evidence: `${ready.reason}: ${ready.message}`,
      fix: `projectgitops events ${name} -n ${namespace}`,
      since: ready.lastTransitionTime,
    }),
  ];
}
