import type { Deployment } from "kubernetes-types/apps/v1";
import { type BunK8sClient, CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, type Ref } from "../../kube/index.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Look } from "../follow.ts";
import { objectText } from "../installed/objects.ts";
import { until } from "../installed/until.ts";
import type { Io } from "../io.ts";

const ESTABLISHED_WITHIN = "30s";

/** Until then the API server does not serve the kind. @throws CliError */
export async function untilEstablished(client: BunK8sClient, ref: Ref, io: Io): Promise<void> {
  const what = `${objectText("CustomResourceDefinition", ref)}`;
  await until(io, {
    what: `${what} to be served`,
    timeout: ESTABLISHED_WITHIN,
    next: `kubectl describe crd ${ref.name}`,
    look: async (): Promise<Look<true>> => {
      const crd = await ask(io, `read ${what}`, client.get(CUSTOM_RESOURCE_DEFINITIONS, ref));
      const conditions = crd.status?.conditions ?? [];
      if (conditions.some(({ type, status }) => type === "Established" && status === "True"))
        return { answer: true };
      return { waitingFor: conditions.find(({ status }) => status === "False")?.message ?? "the API server" };
    },
  });
}

/** As `kubectl rollout status`: all replicas are of this generation, and available. @throws CliError */
export async function untilAvailable(
  client: BunK8sClient,
  ref: Ref & { namespace: string },
  timeout: string,
  io: Io,
): Promise<void> {
  const what = objectText("Deployment", ref);
  const next = `kubectl describe deployment,pods -n ${ref.namespace} -l app.kubernetes.io/name=projectgitops`;
  await until(io, {
    what: `${what} to be available`,
    timeout,
    next,
    look: async () => {
      const rollout = rolloutOf(await ask(io, `read ${what}`, client.get(DEPLOYMENTS, ref)));
      if ("stuck" in rollout) {
        const message = `${what} does not become available`;
        throw new CliError(message, { details: [rollout.stuck], next, exitCode: EXIT.no });
      }
      return rollout;
    },
  });
}

/** Pure. */
export function rolloutOf({ metadata, spec, status }: Deployment): Look<true> | { stuck: string } {
  const wanted = spec?.replicas ?? 1;
  const conditionOf = (type: string) => status?.conditions?.find((one) => one.type === type);
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 1))
    return { waitingFor: "the Deployment's controller to see it" };
  const progressing = conditionOf("Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return { stuck: progressing.message ?? "it makes no progress" };
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status ?? {};
  if (updatedReplicas >= wanted && availableReplicas >= wanted && replicas === updatedReplicas)
    return { answer: true };
  const failure = conditionOf("ReplicaFailure");
  const why = failure?.status === "True" ? failure.message : conditionOf("Available")?.message;
  return {
    waitingFor: `${Math.min(updatedReplicas, availableReplicas)} of ${wanted} available${why ? `: ${why}` : ""}`,
  };
}
