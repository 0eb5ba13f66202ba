import { FIELD_MANAGER } from "../../../api/names.ts";
import { defineResource, type KubeObject } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

/** What is judged of a ValidatingAdmissionPolicy. */
export interface AdmissionPolicy extends KubeObject {
  spec?: { matchConditions?: readonly { readonly expression: string }[] };
}

/** What is judged of its binding. */
export interface AdmissionPolicyBinding extends KubeObject {
  spec?: { policyName?: string; validationActions?: readonly string[]; matchResources?: object };
}

/** The policies that confine operators, with their bindings; undefined where this person may not look. */
export function operatorPolicies(
  look: Look,
): Promise<{ policies: AdmissionPolicy[]; bindings: AdmissionPolicyBinding[] } | undefined> {
  return look.once("operators' admission policies", async () => {
    const labelSelector = `app.kubernetes.io/name=${FIELD_MANAGER}`;
    const [policies, bindings] = await Promise.all([
      look.list(POLICIES, { labelSelector }),
      look.list(BINDINGS, { labelSelector }),
    ]);
    return policies && bindings && { policies, bindings };
  });
}

const ADMISSION = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false };
const POLICIES = defineResource<AdmissionPolicy>({
  ...ADMISSION,
  plural: "validatingadmissionpolicies",
  kind: "ValidatingAdmissionPolicy",
});
const BINDINGS = defineResource<AdmissionPolicyBinding>({
  ...ADMISSION,
  plural: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
});
