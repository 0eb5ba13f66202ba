import type { ProjectGitOps } from "../../api/schema.ts";
import { type Finding, SEVERITIES } from "../finding.ts";
import { PROJECT_NOT_READY } from "./catalogue/set-up.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { ProjectCheck } from "./check.ts";
import { CREDENTIAL_CHECKS } from "./checks/credential.ts";
import { DELIVERY_CHECKS } from "./checks/delivery.ts";
import { GIT_CHECKS } from "./checks/git.ts";
import { INSTALLATION_CHECKS, INSTALLATION_PROJECT_CHECKS } from "./checks/installation.ts";
import { SET_UP_CHECKS } from "./checks/set-up.ts";
import type { Found } from "./finding-kind.ts";
import type { Look } from "./look.ts";
import { invalidSpec, isReadable } from "./set-up/spec.ts";

const PROJECT_CHECKS: readonly ProjectCheck[] = [
  ...INSTALLATION_PROJECT_CHECKS,
  ...SET_UP_CHECKS,
  ...CREDENTIAL_CHECKS,
  ...GIT_CHECKS,
  ...DELIVERY_CHECKS,
];

/** Walks from the cluster to what runs, all checks side by side, and tells what was found, worst first. */
export async function diagnose(look: Look, projects: readonly ProjectGitOps[]): Promise<Found[]> {
  const found = await Promise.all([
    ...INSTALLATION_CHECKS.map((check) => check(look)),
    ...projects.flatMap((project) => checksOf(project).map((check) => check(look, project))),
  ]);
  return inOrder(withoutSymptoms(found.flat()), projects);
}

/** A spec that cannot be read says not even what to look for. */
const checksOf = (project: ProjectGitOps): readonly ProjectCheck[] =>
  isReadable(project) ? PROJECT_CHECKS : [invalidSpec];

/** Drops what another finding explains: a person mends causes. Of several environments each has to have its cause. Pure. */
export function withoutSymptoms(all: readonly Found[]): Found[] {
  return all.filter((one) => {
    const causes = all.filter((cause) => cause !== one && explains(cause, one));
    const places = one.environments ?? [one.environment];
    return !places.every((place) => causes.some((cause) => reaches(cause, place)));
  });
}

/** @param place undefined: the whole project, which fails wherever it fails */
function reaches({ environment, environments }: Found, place: string | undefined): boolean {
  const places = environments ?? (environment === undefined ? undefined : [environment]);
  return places === undefined || place === undefined || places.includes(place);
}

function explains(cause: Found, symptom: Found): boolean {
  // Of a project, what concerns the cluster is a cause too.
  if (cause.project !== undefined && cause.project !== symptom.project) return false;
  if (symptom.kind === PROJECT_NOT_READY && cause.project !== undefined) {
    return cause.kind !== PROJECT_NOT_READY && cause.kind.severity === "error";
  }
  return cause.kind.explains?.includes(symptom.kind.id) === true;
}

/** Worst first; of equals what stands earlier on the way, then in the order of the projects and their environments. */
export function inOrder(all: readonly Found[], projects: readonly ProjectGitOps[]): Found[] {
  const places = new Map(
    projects.map(({ metadata, spec }, place) => [
      `${metadata.namespace}/${metadata.name}`,
      { place, environments: spec?.environments?.map(({ name }) => name) ?? [] },
    ]),
  );
  const rank = ({ kind, project, environment }: Found): number[] => {
    const { place = -1, environments = [] } = places.get(project ?? "") ?? {};
    return [
      SEVERITIES.indexOf(kind.severity),
      CATALOGUE.indexOf(kind),
      place,
      environment === undefined ? -1 : environments.indexOf(environment),
    ];
  };
  return all
    .map((one) => ({ one, rank: rank(one) }))
    .toSorted((a, b) => byRank(a.rank, b.rank))
    .map(({ one }) => one);
}

function byRank(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((value, index) => value !== b[index]);
  return place === -1 ? 0 : (a[place] ?? 0) - (b[place] ?? 0);
}

/** The stable shape that programs get. Pure. */
export function toFinding({ kind, object, what, evidence, cause, fix, since }: Found): Finding {
  return {
    id: kind.id,
    severity: kind.severity,
    object,
    what,
    ...(evidence === undefined ? {} : { evidence }),
    ...(cause === undefined ? {} : { cause }),
    ...(fix === undefined ? {} : { fix }),
    ...(since === undefined ? {} : { since }),
  };
}
