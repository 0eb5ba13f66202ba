import type { KubeObject } from "../../kube/index.ts";
import type { TreeHealth } from "./model.ts";

/** The fields that speak of health, over all kinds. */
interface Judged extends KubeObject {
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    phase?: string;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    readyReplicas?: number;
    numberAvailable?: number;
    desiredNumberScheduled?: number;
  };
}

/**
 * How an object that Flux deployed is, by the rules of kstatus as far as a status shows them; undefined for what
 * cannot be unwell, such as a ConfigMap.
 */
export function workloadHealth(object: Judged): TreeHealth | undefined {
  const { status, metadata } = object;
  if (status?.observedGeneration !== undefined && status.observedGeneration < (metadata?.generation ?? 0)) {
    return waiting("its controller has not seen this version yet");
  }
  return ofConditions(status?.conditions ?? []) ?? ofReplicas(object) ?? ofPhase(object);
}

function ofConditions(
  conditions: readonly { type: string; status: string; reason?: string; message?: string }[],
): TreeHealth | undefined {
  const find = (type: string, status: string) =>
    conditions.find((condition) => condition.type === type && condition.status === status);
  const failed = find("Stalled", "True") ?? find("Failed", "True") ?? find("Ready", "False");
  if (failed) return health("False", failed);
  const open = find("Reconciling", "True") ?? find("Ready", "Unknown");
  if (open) return health("Unknown", open);
  const good = find("Ready", "True") ?? find("Complete", "True");
  return good && health("True", good);
}

/** Numbers that a workload of this kind wants and has. */
function ofReplicas({ kind, spec, status }: Judged): TreeHealth | undefined {
  const wanted = kind === "DaemonSet" ? status?.desiredNumberScheduled : (spec?.replicas ?? 1);
  const has = REPLICAS[kind ?? ""]?.(status ?? {});
  if (has === undefined || wanted === undefined) return undefined;
  const message = `${has} of ${wanted} available`;
  if (has < wanted) return waiting(message);
  return kind === "Deployment" && isRollingOut(status, wanted)
    ? waiting(`${message}, not all of them of this version`)
    : { ready: "True", reason: "Available", message };
}

/** Pods of the version before still serve, for those of this one are not there or not available. */
const isRollingOut = (
  { replicas, updatedReplicas }: NonNullable<Judged["status"]> = {},
  wanted: number,
): boolean => (updatedReplicas ?? wanted) < wanted || (replicas ?? wanted) > wanted;

const REPLICAS: Record<string, (status: NonNullable<Judged["status"]>) => number> = {
  Deployment: ({ availableReplicas = 0 }) => availableReplicas,
  ReplicaSet: ({ availableReplicas = 0 }) => availableReplicas,
  StatefulSet: ({ readyReplicas = 0 }) => readyReplicas,
  DaemonSet: ({ numberAvailable = 0 }) => numberAvailable,
};

function ofPhase({ kind, status }: Judged): TreeHealth | undefined {
  const { phase } = status ?? {};
  if (phase === undefined || (kind !== "PersistentVolumeClaim" && kind !== "Pod")) return undefined;
  if (phase === "Bound" || phase === "Succeeded") return { ready: "True", reason: phase, message: "" };
  return phase === "Failed" ? { ready: "False", reason: phase, message: "" } : waiting(phase);
}

const health = (
  ready: TreeHealth["ready"],
  { reason = "", message = "" }: { reason?: string; message?: string },
): TreeHealth => ({ ready, reason, message });

const waiting = (message: string): TreeHealth => ({ ready: "Unknown", reason: "InProgress", message });
