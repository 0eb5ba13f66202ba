import type { Lease } from "kubernetes-types/coordination/v1";
import type { Milliseconds } from "../../../api/duration.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import { pollOverdueAfter } from "../../../runtime/settings.ts";
import { OPERATOR_HAS_NO_LEADER, POLL_STALE } from "../catalogue/installation-operator.ts";
import { found } from "../finding-kind.ts";
import { leaseState } from "../reads/lease-state.ts";
import type { OperatorDeployment } from "../reads/operators.ts";
import { fine, type Judgement } from "./judged.ts";

/**
 * Whether one of the operator's replicas leads: without a leader all of them stand by. Pure.
 * @param lease undefined: there is none
 */
export function leadership(
  { namespace, name, settings }: OperatorDeployment,
  lease: Lease | undefined,
  now: number,
): Judgement[] {
  const object = `Lease ${settings.lease.namespace}/${settings.lease.name}`;
  const state = lease && leaseState(lease, now);
  switch (state?.kind) {
    case "held":
      return [fine("OperatorLeads", object, `held by ${state.holder}`)];
    case "changing hands":
      return [];
    default:
      return [
        found(OPERATOR_HAS_NO_LEADER, {
          object,
          what: "the operator's replicas all stand by: none of them leads",
          evidence: state?.text ?? "there is no such Lease",
          cause: `Deployment ${namespace}/${name} is available, and acts only while it holds this Lease`,
          fix: `kubectl rollout restart deployment/${name} -n ${namespace}`,
          since: state?.since,
        }),
      ];
  }
}

/**
 * Whether the leader looks at the projects: it tells with each renewal of its Lease when it polled last. Both times
 * are of its own clock. A version before this annotation tells nothing. Pure.
 * @param operator undefined: it runs outside of the cluster
 */
export function pollOf(
  { metadata, spec }: Lease,
  operator: Pick<OperatorDeployment, "namespace" | "name"> | undefined,
  pollInterval: Milliseconds,
): Judgement[] {
  const lastPoll = metadata?.annotations?.[ANNOTATIONS.lastPoll];
  const silentFor = Date.parse(spec?.renewTime ?? "") - Date.parse(lastPoll ?? "");
  if (!(silentFor >= pollOverdueAfter(pollInterval))) return [];
  const { namespace, name } = metadata ?? {};
  return [
    found(POLL_STALE, {
      object: `Lease ${namespace}/${name}`,
      what: `the operator runs, but has not seen the projects for ${Math.round(silentFor / 1000)} s`,
      evidence: `${ANNOTATIONS.lastPoll}: ${lastPoll}; renewed by ${spec?.holderIdentity} at ${spec?.renewTime}`,
      cause:
        "the API server does not answer its list of ProjectGitOps objects, or refuses it: its log says how",
      fix: operator && `kubectl logs -n ${operator.namespace} deployment/${operator.name} --tail=50`,
      since: lastPoll,
    }),
  ];
}
