import { loadAll } from "js-yaml";
import type { ClusterRole } from "kubernetes-types/rbac/v1";
import { clusterRole, leaderElection } from "../../manifests.ts";
import type { OperatorSettings } from "../reads/operators.ts";
import { type Right, rightsOf } from "./rights.ts";

/** What an operator with these settings needs: the rules of deploy/, which are embedded in this program. */
export function neededRights({ leaderElect, lease, deployerClusterRole }: OperatorSettings): Right[] {
  const inCluster = rightsOf(rulesIn(clusterRole)).map((right) =>
    right.verb === "bind" ? { ...right, name: deployerClusterRole } : right,
  );
  return leaderElect ? [...inCluster, ...rightsOf(rulesIn(leaderElection), lease.namespace)] : inCluster;
}

const rulesIn = (manifests: string) =>
  (loadAll(manifests) as ClusterRole[]).flatMap(({ kind, rules }) =>
    kind === "ClusterRole" || kind === "Role" ? (rules ?? []) : [],
  );
