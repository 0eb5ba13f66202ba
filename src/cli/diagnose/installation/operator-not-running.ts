import { FIELD_MANAGER } from "../../../api/names.ts";
import { PLACEHOLDER_IMAGE } from "../../manifests.ts";
import { OPERATOR_NOT_RUNNING } from "../catalogue/installation-operator.ts";
import { type Found, found } from "../finding-kind.ts";
import type { OperatorDeployment } from "../reads/operators.ts";

/** Why an operator that is installed has no replica that is available, as far as its Deployment tells. Pure. */
export function operatorNotRunning({ deployment, namespace, name, object }: OperatorDeployment): Found {
  const conditions = deployment.status?.conditions ?? [];
  const available = conditions.find(({ type }) => type === "Available");
  const failure = conditions.find(({ type, status }) => type === "ReplicaFailure" && status === "True");
  const told = (failure ?? available)?.message;
  const { what, evidence, cause, fix } = reasonOf({ deployment, namespace, name });
  return found(OPERATOR_NOT_RUNNING, {
    object,
    what,
    evidence: evidence ?? `no replica is available${told ? `: ${told}` : ""}`,
    cause,
    fix,
    since: available?.status === "False" ? available.lastTransitionTime : undefined,
  });
}

interface Reason {
  readonly what: string;
  readonly evidence?: string;
  readonly cause?: string;
  readonly fix: string;
}

function reasonOf({
  deployment,
  namespace,
  name,
}: Pick<OperatorDeployment, "deployment" | "namespace" | "name">): Reason {
  if (deployment.spec?.replicas === 0) {
    return {
      what: "the operator is switched off",
      evidence: "spec.replicas is 0",
      fix: `kubectl scale deployment ${name} -n ${namespace} --replicas=1`,
    };
  }
  const nobodys = deployment.spec?.template.spec?.containers.find(({ image }) => image === PLACEHOLDER_IMAGE);
  if (nobodys !== undefined) {
    return {
      what: "the operator does not run: its image is a placeholder",
      cause: `${PLACEHOLDER_IMAGE} is the placeholder of deploy/, and nobody's: build the image, push it, and name it`,
      fix: `kubectl set image deployment/${name} ${nobodys.name}=YOUR_IMAGE -n ${namespace}`,
    };
  }
  return {
    what: "the operator does not run",
    fix: `kubectl describe deployment,pods -n ${namespace} -l app.kubernetes.io/name=${FIELD_MANAGER}`,
  };
}
