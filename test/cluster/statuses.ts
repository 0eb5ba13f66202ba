import type { ProjectGitOps } from "../../src/api/schema.ts";
import { brokenRules } from "../unit/machine/kstatus-rules.ts";
import { operatorRequests } from "./audit.ts";

/**
 * Holds every status that an operator has written to this cluster against the rules of kstatus.
 * @returns how many there were, and what is wrong, a sentence each
 */
export function judgeStatuses(cluster: { auditLog: string }): { seen: number; broken: string[] } {
  const written = operatorRequests(cluster, ({ responseObject }) => isProject(responseObject));
  const broken = written.flatMap(({ responseObject, stageTimestamp }) => {
    const project = responseObject as ProjectGitOps;
    const { namespace, name } = project.metadata;
    return brokenRules(project.status ?? {}, project)
      .filter((rule) => !(isSuspended(project) && rule.startsWith("Ready=True only")))
      .map((rule) => `${stageTimestamp} ${namespace}/${name}: ${rule}: ${JSON.stringify(project.status)}`);
  });
  return { seen: written.length, broken };
}

const isProject = (object: unknown): boolean =>
  (object as ProjectGitOps | undefined)?.kind === "ProjectGitOps";

/** A suspended project keeps the Ready that it had, whatever its phase. */
const isSuspended = ({ spec }: ProjectGitOps): boolean => spec.suspend === true;
