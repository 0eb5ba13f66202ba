import type { Lease } from "kubernetes-types/coordination/v1";
import { FIELD_MANAGER } from "../../../api/names.ts";
import { DEFAULTS } from "../../../runtime/settings.ts";
import { OPERATOR_NOT_INSTALLED, OPERATOR_OUTSIDE } from "../catalogue/installation-operator.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { leaseState } from "../reads/lease-state.ts";
import { type OperatorDeployment, operatorDeployments, operatorLeases } from "../reads/operators.ts";
import { operatorWorks } from "./evidence.ts";
import { INSTALL_ALL } from "./install-fixes.ts";
import { fine, isFound, type Judgement } from "./judged.ts";
import { leadership, pollOf } from "./leadership.ts";
import { operatorNotRunning } from "./operator-not-running.ts";

/** Whether an operator is there, runs, leads and looks. One may run outside of the cluster, as `npm run demo` does. */
export async function operatorRuns(look: Look): Promise<Judgement[]> {
  const [deployments, leases] = await Promise.all([operatorDeployments(look), operatorLeases(look)]);
  if (deployments === undefined) return [];
  const judged = await Promise.all(
    deployments.length === 0
      ? [withoutDeployment(look, leases ?? [])]
      : deployments.map((deployment) => judge(look, deployment, leases)),
  );
  return judged.flat();
}

async function withoutDeployment(look: Look, leases: readonly Lease[]): Promise<Judgement[]> {
  const object = `Deployment ${FIELD_MANAGER}`;
  const held = leases.filter((lease) => leaseState(lease, look.now).kind === "held");
  if (held.length > 0) {
    return held.flatMap((lease) => [
      outside(object, `in no namespace, and ${holds(lease)}`),
      ...pollOf(lease, undefined, DEFAULTS.pollInterval),
    ]);
  }
  // A Lease that was let go is left of one that is gone; without any, one may run that needs none.
  if (leases.length === 0 && (await operatorWorks(look))) {
    return [outside(object, "in no namespace, and the projects have been answered")];
  }
  return [
    found(OPERATOR_NOT_INSTALLED, {
      object,
      what: "no operator is installed in this cluster",
      evidence: `no Deployment has the label app.kubernetes.io/name=${FIELD_MANAGER}, and nobody holds a Lease`,
      cause: "nobody works on ProjectGitOps objects",
      fix: INSTALL_ALL,
    }),
  ];
}

async function judge(
  look: Look,
  operator: OperatorDeployment,
  leases: readonly Lease[] | undefined,
): Promise<Judgement[]> {
  const { deployment, name, object, settings } = operator;
  const lease = leases?.find(
    ({ metadata }) =>
      metadata?.name === settings.lease.name && metadata.namespace === settings.lease.namespace,
  );
  const state = lease && leaseState(lease, look.now);
  const polling = lease && state?.kind === "held" ? pollOf(lease, operator, settings.pollInterval) : [];
  if ((deployment.status?.availableReplicas ?? 0) > 0) {
    const leading = settings.leaderElect && leases !== undefined ? leadership(operator, lease, look.now) : [];
    const wrong = [...leading, ...polling];
    return wrong.some(isFound) ? wrong : [fine("OperatorRunning", object, "available"), ...wrong];
  }
  // One that cannot poll is not ready, and so not available: that it cannot poll is the cause.
  if (polling.some(isFound)) return polling;
  if (state?.kind === "held" && !state.holder.startsWith(`${name}-`))
    return [outside(object, `no replica is available, and ${holds(lease)}`)];
  const neverLed = settings.leaderElect && leases !== undefined && lease === undefined;
  if (neverLed && (await operatorWorks(look))) {
    return [outside(object, "it has never led, and the projects have been answered")];
  }
  return [operatorNotRunning(operator)];
}

const outside = (object: string, evidence: string): Found =>
  found(OPERATOR_OUTSIDE, {
    object,
    what: "the operator seems to run outside of this cluster",
    evidence,
  });

const holds = (lease: Lease | undefined): string =>
  `${lease?.spec?.holderIdentity} holds the Lease ${lease?.metadata?.namespace}/${lease?.metadata?.name}`;
