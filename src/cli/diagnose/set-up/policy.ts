import { defineResource, type KubeObject } from "../../../kube/index.ts";
import { POLICY_DENIES } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { reconcileCommand } from "./about.ts";
import { AGAIN, aboutRefused, type Refused, thenReconcile } from "./refusal.ts";
import type { Refuser } from "./server-words.ts";

interface Binding extends KubeObject {
  spec?: { validationActions?: string[] };
}

const BINDINGS = defineResource<Binding>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
  namespaced: false,
});

/** The policy that the server named, as long as its binding still denies. */
export async function policyDenies(
  look: Look,
  refused: Refused,
  { policy, binding, said }: Extract<Refuser, { kind: "policy" }>,
): Promise<Found[]> {
  const seen = await look.get(BINDINGS, { name: binding });
  const denies =
    seen.state === "closed" ||
    (seen.state === "found" && seen.object.spec?.validationActions?.includes("Deny") === true);
  if (!denies && refused.isOver) return [];
  return [
    found(POLICY_DENIES, {
      ...aboutRefused(refused),
      object: `ValidatingAdmissionPolicy ${policy}`,
      what: `policy ${policy} does not allow ${refused.target}`,
      evidence: said || "denied without a message",
      cause: denies
        ? `the binding ${binding} makes the policy hold for this namespace; \`kubectl get validatingadmissionpolicy ${policy} -o yaml\` shows what it asks for`
        : `the binding ${binding} made the policy hold here; ${AGAIN}`,
      fix: denies
        ? thenReconcile(`kubectl edit validatingadmissionpolicybinding ${binding}`, refused)
        : reconcileCommand(refused.project),
    }),
  ];
}
