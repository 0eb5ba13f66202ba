import type { Guardrails } from "../../../api/guardrails.ts";
import { LABELS, limitRangeName, MANAGED_BY, networkPolicyName, quotaName } from "../../../api/names.ts";
import type { Environment, ProjectGitOps } from "../../../api/schema.ts";
import type { LiveObject } from "../../../machine/index.ts";
import {
  type Beyond,
  beyond,
  beyondText,
  environmentNamespace,
  levelsOf,
  type ManagedKind,
} from "../../../plan/index.ts";
import { asLive, resourceOf } from "../../../reconcile/resources.ts";
import { STRICTER_THAN_ASKED } from "../catalogue/set-up-limits.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readNamespaces } from "../reads/namespaces.ts";
import { aboutProject } from "./about.ts";

/** The operator's defaults are a file of its Pod: what holds is seen by the objects that it made of both. */
export async function stricterThanAsked(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { metadata, spec, status } = project;
  // Before that the objects may still be those of an earlier spec.
  if (status?.phase !== "COMPLETED" || status.observedGeneration !== metadata.generation) return [];
  const lists = await Promise.all(
    spec.environments.map(async (environment, at) => {
      const excess = await beyondIn(look, project, environment);
      return excess.length > 0 ? [stricter(project, environment, at, excess)] : [];
    }),
  );
  return lists.flat();
}

async function beyondIn(look: Look, project: ProjectGitOps, environment: Environment): Promise<Beyond[]> {
  const { projectId } = project.spec;
  const namespace = environmentNamespace(project.spec, environment);
  const read = async (asked: unknown, kind: ManagedKind, name: string): Promise<LiveObject | undefined> => {
    if (asked === undefined) return undefined;
    const seen = await look.get(resourceOf(kind), { namespace, name });
    const live = seen.state === "found" ? asLive(seen.object) : undefined;
    return live?.metadata.labels?.[LABELS.managedBy] === MANAGED_BY ? live : undefined;
  };
  const [quota, limits, policy, { planned }] = await Promise.all([
    read(environment.resourceQuota, "ResourceQuota", quotaName(projectId)),
    read(environment.limitRange, "LimitRange", limitRangeName(projectId)),
    read(environment.networkPolicy, "NetworkPolicy", networkPolicyName(projectId)),
    readNamespaces(look, project),
  ]);
  const home = planned.get(environment.name);
  const held: Guardrails = {
    ...(quota ? { resourceQuota: quota["spec"] as NonNullable<Guardrails["resourceQuota"]> } : {}),
    ...(limits ? { limitRange: limits["spec"] as NonNullable<Guardrails["limitRange"]> } : {}),
    ...(policy ? { networkPolicy: levelsOf(policy["spec"], projectId) } : {}),
  };
  // What is not there is another finding's.
  if (home?.state !== "found") return beyond({ ...environment, metadata: undefined }, held, {});
  return beyond(environment, held, home.object.metadata.labels ?? {});
}

function stricter(
  project: ProjectGitOps,
  environment: Environment,
  at: number,
  excess: readonly Beyond[],
): Found {
  const { name, namespace } = project.metadata;
  const patch = JSON.stringify(excess.map((one) => operation(at, one)));
  return found(STRICTER_THAN_ASKED, {
    ...aboutProject(project),
    what: `${environment.name} is held to stricter limits than its spec asks for`,
    evidence: excess.map(beyondText).join("; "),
    cause: "the operator runs with --environment-defaults, which a spec may only tighten",
    fix: `kubectl patch pgops ${name} -n ${namespace} --type json -p '${patch}'`,
  });
}

const operation = (at: number, { path, held }: Beyond): object => ({
  op: held === undefined ? "remove" : "replace",
  path: `/spec/environments/${at}/${path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`,
  ...(held === undefined ? {} : { value: held }),
});
