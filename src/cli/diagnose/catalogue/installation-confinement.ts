import type { FindingKind } from "../finding-kind.ts";

export const OPERATOR_NOT_CONFINED: FindingKind = {
  id: "OperatorNotConfined",
  area: "installation",
  severity: "warning",
  title: "Nothing confines the operator's token",
  means:
    "RBAC gives the operator Secrets, Namespaces and the binding of `admin` in the whole cluster, because it cannot name the namespaces that will come. The ValidatingAdmissionPolicies of deploy/confinement take back what it does not need, for its ServiceAccount alone. One of them is not there, is for another ServiceAccount, or is not bound with `Deny`: whoever gets the operator's token is close to an administrator.",
  shows:
    "`kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings -l app.kubernetes.io/name=projectgitops`, and in each policy the name of the ServiceAccount under `matchConditions`.",
  fix: "`projectgitops install --export --only permissions | kubectl apply --server-side --force-conflicts -f -`; with Helm `confinement.enabled=true`. Installed with kustomize in a namespace of another name, the name in the `matchConditions` has to be patched too: no transformer reaches into them.",
  lookAlike: "`OperatorPermissionsMissing`: then it may do too little.",
};

export const INSTALLATION_CONFINEMENT: readonly FindingKind[] = [OPERATOR_NOT_CONFINED];
