import { DEFAULTS } from "../../../runtime/settings.ts";
import { removeCommand, wayOf, wayText } from "../../installed/way.ts";
import { TWO_INSTALLATIONS } from "../catalogue/installation-operator.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type OperatorDeployment, type OperatorSettings, operatorDeployments } from "../reads/operators.ts";
import { fine, type Judgement } from "./judged.ts";

/** Whether operators of two installations work on the same projects. */
export async function twoInstallations(look: Look): Promise<Judgement[]> {
  const operators = (await operatorDeployments(look)) ?? [];
  return judgeInstallations(operators);
}

/** Replicas of one Deployment are one installation; one that is switched off is none. Pure. */
export function judgeInstallations(operators: readonly OperatorDeployment[]): Judgement[] {
  const working = operators.filter(({ deployment }) => deployment.spec?.replicas !== 0).toSorted(byRank);
  const doubled = working.filter((one) =>
    working.some((other) => other !== one && overlap(one.settings, other.settings)),
  );
  const [kept, surplus] = doubled;
  if (kept !== undefined && surplus !== undefined) return [tell(doubled, kept, surplus)];
  if (working.length < 2) return [];
  const scopes = working.map(({ settings }) => settings.scope).join(", ");
  return [
    fine("OperatorsApart", `${working.length} operators`, `each has a namespace of its own: ${scopes}`),
  ];
}

function tell(
  all: readonly OperatorDeployment[],
  kept: OperatorDeployment,
  surplus: OperatorDeployment,
): Found {
  const way = wayOf(surplus.deployment);
  const { name, namespace } = surplus;
  return found(TWO_INSTALLATIONS, {
    object: surplus.object,
    what: `${all.length} operators work on the same projects: ${all.map(({ object }) => object).join(", ")}`,
    evidence: all.map(({ object, settings }) => `${object}: ${settingsText(settings)}`).join("; "),
    cause: sameLease(kept.settings, surplus.settings)
      ? `they share one Lease, so one of them stands by: version and settings are those of whoever leads, and the ClusterRole is bound to the one that was installed last (${surplus.object} was installed ${wayText(way)})`
      : `nothing keeps them from acting at the same time, each with its version and settings (${surplus.object} was installed ${wayText(way)})`,
    fix:
      way.kind === "kubectl"
        ? `kubectl delete deployment ${name} -n ${namespace}`
        : removeCommand(way).replace(/^.*or: /, ""),
    since: surplus.deployment.metadata?.creationTimestamp,
  });
}

/** First the one in the namespace of deploy/, then the older: the others are the surplus. */
function byRank(a: OperatorDeployment, b: OperatorDeployment): number {
  const rank = ({ namespace, deployment }: OperatorDeployment) =>
    `${namespace === DEFAULTS.leaseNamespace ? 0 : 1} ${deployment.metadata?.creationTimestamp ?? ""}`;
  return rank(a) < rank(b) ? -1 : 1;
}

const overlap = (a: OperatorSettings, b: OperatorSettings): boolean =>
  a.scope === undefined || b.scope === undefined || a.scope === b.scope;

const sameLease = (a: OperatorSettings, b: OperatorSettings): boolean =>
  a.leaderElect && b.leaderElect && a.lease.namespace === b.lease.namespace && a.lease.name === b.lease.name;

function settingsText({ scope, leaderElect, lease }: OperatorSettings): string {
  const where = scope === undefined ? "all namespaces" : `namespace ${scope}`;
  return `${where}, ${leaderElect ? `Lease ${lease.namespace}/${lease.name}` : "without a Lease"}`;
}
