import { FIELD_MANAGER } from "../../../api/names.ts";
import { DEFAULTS } from "../../../runtime/settings.ts";
import { OPERATOR_PERMISSIONS_MISSING } from "../catalogue/installation-operator.ts";
import { found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type OperatorDeployment, operatorDeployments, settingsOf } from "../reads/operators.ts";
import { installPart } from "./install-fixes.ts";
import { fine, type Judgement } from "./judged.ts";
import { lackedRights } from "./lacked-rights.ts";
import { neededRights } from "./needed-rights.ts";
import { type Right, rightText } from "./rights.ts";

const MOST_NAMED = 5;

/** Whether the operator may do all that this version does. One that runs outside has rights of its own. */
export async function operatorPermissions(look: Look): Promise<Judgement[]> {
  const deployments = await operatorDeployments(look);
  // Who may not look for it may be the operator itself, in its own Pod.
  const operators = deployments ?? [AS_IN_DEPLOY];
  const judged = await Promise.all(operators.map((operator) => judge(look, operator)));
  return judged.flat();
}

type Operator = Pick<OperatorDeployment, "namespace" | "name" | "serviceAccount" | "settings">;

const AS_IN_DEPLOY: Operator = {
  namespace: DEFAULTS.leaseNamespace,
  name: FIELD_MANAGER,
  serviceAccount: FIELD_MANAGER,
  settings: settingsOf({ args: ["run", "--leader-elect"] }),
};

async function judge(look: Look, operator: Operator): Promise<Judgement[]> {
  const { namespace, name, serviceAccount, settings } = operator;
  const object = `ServiceAccount ${namespace}/${serviceAccount}`;
  const lacked = await lackedRights(look, { namespace, serviceAccount }, neededRights(settings));
  if (lacked === undefined) return [];
  if (lacked.length === 0) return [fine("OperatorPermitted", object, "may do all that this version needs")];
  const other = namespace === DEFAULTS.leaseNamespace && serviceAccount !== FIELD_MANAGER;
  return [
    found(OPERATOR_PERMISSIONS_MISSING, {
      object,
      what: `the operator may not ${rightText(lacked[0] as Right)}${lacked.length > 1 ? `, and lacks ${lacked.length - 1} more rights` : ""}`,
      evidence: `it cannot ${some(lacked.map(rightText))}`,
      cause: other
        ? `deploy/ gives its roles to the ServiceAccount ${FIELD_MANAGER}, and its Deployment names another`
        : "its roles are of another version, were changed, or are not bound to it",
      fix: other
        ? `kubectl set serviceaccount deployment ${name} ${FIELD_MANAGER} -n ${namespace}`
        : fixOf(settings.deployerClusterRole),
    }),
  ];
}

const some = (texts: readonly string[]): string =>
  texts.length > MOST_NAMED
    ? `${texts.slice(0, MOST_NAMED).join(", ")}, and ${texts.length - MOST_NAMED} more`
    : texts.join(", ");

/** deploy/ names the default; another ClusterRole for deployers is named beside it. */
function fixOf(deployerClusterRole: string): string {
  if (deployerClusterRole === DEFAULTS.deployerClusterRole) return installPart("permissions");
  const rule = {
    apiGroups: ["rbac.authorization.k8s.io"],
    resources: ["clusterroles"],
    resourceNames: [deployerClusterRole],
    verbs: ["bind"],
  };
  const patch = JSON.stringify([{ op: "add", path: "/rules/-", value: rule }]);
  return `${installPart("permissions")}\nkubectl patch clusterrole ${FIELD_MANAGER} --type json -p '${patch}'`;
}
