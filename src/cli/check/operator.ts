import type { Deployment } from "kubernetes-types/apps/v1";
import type { ClusterRole, PolicyRule } from "kubernetes-types/rbac/v1";
import type { BunK8sClient } from "../../kube/index.ts";
import type { Finding } from "../finding.ts";

const INSTALL = "projectgitops install --export --image YOUR_IMAGE | kubectl apply --server-side -f -";
const NAME = "projectgitops";

/** Whether the operator runs in the cluster, and holds the permissions that this version needs. */
export async function checkOperator(client: BunK8sClient): Promise<Finding[]> {
  const { DEPLOYMENTS } = await import("../../kube/index.ts");
  const { items } = await client.list(DEPLOYMENTS, { labelSelector: `app.kubernetes.io/name=${NAME}` });
  if (items.length === 0) {
    return [
      {
        id: "OperatorNotInstalled",
        severity: "warning",
        object: `Deployment ${NAME}`,
        what: "not found in any namespace",
        cause: "nobody works on ProjectGitOps objects, unless an operator runs outside the cluster",
        fix: INSTALL,
      },
    ];
  }
  return [...items.map(checkRunning), await checkPermissions(client)];
}

function checkRunning({ metadata, status }: Deployment): Finding {
  const object = `Deployment ${metadata?.namespace}/${metadata?.name}`;
  if ((status?.availableReplicas ?? 0) > 0) {
    return { id: "OperatorRunning", severity: "info", object, what: "available" };
  }
  return {
    id: "OperatorNotRunning",
    severity: "error",
    object,
    what: "no replica is available",
    fix: `kubectl describe deployment -n ${metadata?.namespace} ${metadata?.name}`,
  };
}

async function checkPermissions(client: BunK8sClient): Promise<Finding> {
  const { CLUSTER_ROLES, isNotFound } = await import("../../kube/index.ts");
  const object = `ClusterRole ${NAME}`;
  const held = await client.get(CLUSTER_ROLES, { name: NAME }).catch((error) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  const missing = missingRights(await neededRules(), held?.rules ?? []);
  if (missing.length === 0) {
    return { id: "OperatorPermitted", severity: "info", object, what: "holds all that this version needs" };
  }
  return {
    id: "OperatorPermissionsMissing",
    severity: "error",
    object,
    what: held === undefined ? "does not exist" : `lacks ${missing.join(", ")}`,
    fix: INSTALL,
  };
}

/** The rules of deploy/, which are embedded in this program. */
async function neededRules(): Promise<PolicyRule[]> {
  const [{ loadAll }, { clusterRole }] = await Promise.all([import("js-yaml"), import("../manifests.ts")]);
  return (loadAll(clusterRole) as ClusterRole[]).flatMap(({ kind, rules }) =>
    kind === "ClusterRole" ? (rules ?? []) : [],
  );
}

/** Rights of `needed` that `held` does not name, as `verb resource.group`; `*` in held counts for all. */
export function missingRights(needed: readonly PolicyRule[], held: readonly PolicyRule[]): string[] {
  const has = (list: readonly string[] | undefined, value: string) =>
    list?.some((entry) => entry === value || entry === "*") === true;
  const allows = (group: string, resource: string, verb: string, names: readonly string[]) =>
    held.some(
      (rule) =>
        has(rule.apiGroups, group) &&
        has(rule.resources, resource) &&
        has(rule.verbs, verb) &&
        (!rule.resourceNames?.length ||
          (names.length > 0 && names.every((name) => rule.resourceNames?.includes(name)))),
    );
  return needed.flatMap(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs
          .filter((verb) => !allows(group, resource, verb, resourceNames))
          .map((verb) => `${verb} ${group === "" ? resource : `${resource}.${group}`}`),
      ),
    ),
  );
}
