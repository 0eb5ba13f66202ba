import { SETUP_PHASES } from "../../../api/phases.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { age } from "../../age.ts";
import { ROLLING_BACK, SETUP_FAILED, SETUP_SLOW } from "../catalogue/set-up-course.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { aboutProject, reconcileCommand } from "./about.ts";
import { troubleOf } from "./trouble.ts";

/** A set-up takes a second, and ten where a Namespace has to go first: so much later something is wrong. */
const LONG_MS = 30_000;

export async function rollingBack(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  if (trouble?.givenUp !== "RollingBack") return [];
  return [
    found(ROLLING_BACK, {
      ...aboutProject(project),
      what: `the set-up of ${project.metadata.name} was given up (${trouble.reason}); what it made is being removed`,
      evidence: `first cause: ${trouble.message}`,
      cause: conditionOf(project, "Ready")?.message,
      fix: reconcileCommand(project),
      since: trouble.since,
    }),
  ];
}

/** Reasons for which the set-up begins again by itself, as soon as the Secret is mended. */
const ABOUT_SECRETS = /^(Credential|KnownHosts|ImagePullSecret|Host)/;

export async function setupFailed(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const trouble = troubleOf(project);
  if (trouble?.givenUp !== "Failed" || ABOUT_SECRETS.test(trouble.reason)) return [];
  return [
    found(SETUP_FAILED, {
      ...aboutProject(project),
      what: `the set-up of ${project.metadata.name} failed (${trouble.reason}), and waits to be started again`,
      evidence: `first cause: ${trouble.message}`,
      cause: "what stood in the way then is not found now, or cannot be looked at from here",
      fix: reconcileCommand(project),
      since: trouble.since,
    }),
  ];
}

export async function setupSlow(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { status, metadata, spec } = project;
  const ready = conditionOf(project, "Ready");
  const phase = SETUP_PHASES.find((name) => name === status?.phase);
  const startedAt = status?.setup?.startedAt;
  // What is refused, suspended or given up is told as such.
  if (phase === undefined || startedAt === undefined || ready?.status === "False") return [];
  if (spec.suspend || status?.completedAt !== undefined || metadata.deletionTimestamp !== undefined)
    return [];
  if (look.now - Date.parse(startedAt) < LONG_MS) return [];
  return [
    found(SETUP_SLOW, {
      ...aboutProject(project),
      what: `the set-up of ${metadata.name} stands in ${phase} for ${age(startedAt, look.now)}`,
      evidence: `${ready?.reason ?? "no condition"}: ${ready?.message ?? "nothing is said yet"}`,
      cause:
        "a set-up takes a second: an admission webhook or the API server answers slowly, or passes end early",
      fix: `projectgitops logs ${metadata.name} -n ${metadata.namespace}`,
      since: startedAt,
    }),
  ];
}
