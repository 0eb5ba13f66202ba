import { DEFAULTS } from "../../../runtime/settings.ts";
import { FORBIDDEN } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { operatorDeployments } from "../reads/operators.ts";
import { aboutRefused, type Refused, thenReconcile } from "./refusal.ts";
import type { Refuser } from "./server-words.ts";

/** One rule that is missing, in the terms of RBAC. */
interface Rule {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly resourceName?: string;
}

/** The rule that the operator lacks. */
export async function rightMissing(
  look: Look,
  refused: Refused,
  refuser: Extract<Refuser, { kind: "right" | "grant" }>,
): Promise<Found[]> {
  const rule: Rule =
    refuser.kind === "right"
      ? refuser
      : {
          verb: "bind",
          group: "rbac.authorization.k8s.io",
          resource: "clusterroles",
          resourceName: await deployerRole(look),
        };
  const named = rule.resourceName === undefined ? "" : ` "${rule.resourceName}"`;
  return [
    found(FORBIDDEN, {
      ...aboutRefused(refused),
      object: `user ${refuser.user}`,
      what: `the operator may not ${rule.verb} ${fullName(rule)}${named}, which ${refused.target} needs`,
      evidence: refused.trouble.message,
      cause: `the missing rule: ${JSON.stringify(asPolicyRule(rule))}${refuser.kind === "grant" ? "; without it nobody may hand out rights that they do not hold themselves" : ""}`,
      fix: thenReconcile(grant(rule, refuser.user), refused),
    }),
  ];
}

const fullName = ({ group, resource }: Rule): string => (group === "" ? resource : `${resource}.${group}`);

const asPolicyRule = ({ verb, group, resource, resourceName }: Rule): object => ({
  apiGroups: [group],
  resources: [resource],
  ...(resourceName === undefined ? {} : { resourceNames: [resourceName] }),
  verbs: [verb],
});

/** A role of its own beside the installed one: nothing is overwritten, and it can be taken away again. */
function grant(rule: Rule, user: string): string {
  const name = `projectgitops-${rule.verb}-${rule.resource.replace("/", "-")}`;
  const only = rule.resourceName === undefined ? "" : ` --resource-name=${rule.resourceName}`;
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  const subject = account === undefined ? `--user=${user}` : `--serviceaccount=${namespace}:${account}`;
  return [
    `kubectl create clusterrole ${name} --verb=${rule.verb} --resource=${fullName(rule)}${only}`,
    `kubectl create clusterrolebinding ${name} --clusterrole=${name} ${subject}`,
  ].join("\n");
}

/** As the operator's Deployment says; `admin` where it does not. */
const deployerRole = async (look: Look): Promise<string> =>
  (await operatorDeployments(look))?.[0]?.settings.deployerClusterRole ?? DEFAULTS.deployerClusterRole;
