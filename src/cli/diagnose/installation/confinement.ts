import { loadAll } from "js-yaml";
import { FIELD_MANAGER } from "../../../api/names.ts";
import { DEFAULTS } from "../../../runtime/settings.ts";
import { CONFINEMENT } from "../../confinement.ts";
import { OPERATOR_NOT_CONFINED } from "../catalogue/installation-confinement.ts";
import { found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import {
  type AdmissionPolicy,
  type AdmissionPolicyBinding,
  operatorPolicies,
} from "../reads/admission-policies.ts";
import { operatorDeployments } from "../reads/operators.ts";
import { installPart } from "./install-fixes.ts";
import { fine, type Judgement } from "./judged.ts";

/** Whether the policies of deploy/confinement hold for each operator that is installed. */
export async function operatorConfined(look: Look): Promise<Judgement[]> {
  const operators = (await operatorDeployments(look)) ?? [];
  if (operators.length === 0) return [];
  const there = await operatorPolicies(look);
  if (there === undefined) return [];
  return operators.map(({ namespace, serviceAccount }) => {
    const object = `ServiceAccount ${namespace}/${serviceAccount}`;
    const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
    const missing = lackingFor(user, there);
    if (missing.length === 0)
      return fine("OperatorConfined", object, "admission policies confine it to what the operator writes");
    const isAsInDeploy = namespace === DEFAULTS.leaseNamespace && serviceAccount === FIELD_MANAGER;
    return found(OPERATOR_NOT_CONFINED, {
      object,
      what: `whoever has the operator's token may write more than the operator has to: ${missing.length} of ${NAMES.length} admission policies do not hold for it`,
      evidence: missing.join(", "),
      cause: isAsInDeploy
        ? "the policies are of another version, were changed, or were left out"
        : `the policies that are there do not name ${user}`,
      ...(isAsInDeploy ? { fix: installPart("permissions") } : {}),
    });
  });
}

/** The names of the policies that do not hold for this user. Pure. */
export function lackingFor(
  user: string,
  there: { policies: readonly AdmissionPolicy[]; bindings: readonly AdmissionPolicyBinding[] },
): string[] {
  return NAMES.filter((name) => {
    const policy = there.policies.find(({ metadata }) => metadata?.name === name);
    const isFor = policy?.spec?.matchConditions?.some(({ expression }) => expression.includes(`'${user}'`));
    const isBound = there.bindings.some(
      ({ spec }) =>
        spec?.policyName === name && spec.validationActions?.includes("Deny") && !spec.matchResources,
    );
    return !(isFor && isBound);
  });
}

const NAMES = CONFINEMENT.flatMap((text) => loadAll(text) as AdmissionPolicy[])
  .filter(({ kind }) => kind === "ValidatingAdmissionPolicy")
  .map(({ metadata }) => metadata?.name ?? "");
