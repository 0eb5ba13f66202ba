import type { FindingKind } from "../finding-kind.ts";

/** Symptoms of every trouble of a pod. */
const WAITED = ["WorkloadNotHealthy", "HelmReleaseFailed", "WaitingForWorkloads"];

export const PODS_REFUSED: FindingKind = {
  id: "PodsRefused",
  area: "delivery",
  severity: "error",
  title: "The cluster refuses the pods of a workload",
  means:
    "The workload was applied, and the API server takes none of its pods: a quota, Pod Security, a webhook.",
  shows:
    "The Deployment has the condition ReplicaFailure, reason FailedCreate; of other workloads an event FailedCreate tells it.",
  fix: "Ask for less or let an administrator raise the quota (`kubectl describe resourcequota`); for Pod Security change the pod's securityContext, or the labels in `spec.environments[].metadata`.",
  lookAlike:
    "PodUnschedulable: the pods exist, and no node takes them. ObjectRefused: the workload itself is refused.",
  explains: WAITED,
};

export const IMAGE_PULL_FAILED: FindingKind = {
  id: "ImagePullFailed",
  area: "delivery",
  severity: "error",
  title: "The image of a container cannot be pulled",
  means:
    "The node gets no image: its name or tag is wrong, the registry wants a password, or cannot be reached.",
  shows: "The pod waits with ImagePullBackOff, ErrImagePull or InvalidImageName.",
  fix: "Mend the name or push the image; for a private registry name a pull Secret in `spec.environments[].imagePullSecrets`, which the operator copies and gives to the namespace's deployer, and in the pods' `imagePullSecrets` or ServiceAccount.",
  lookAlike: "ContainerCrashes: the image was pulled, and what is in it ends.",
  explains: WAITED,
};

export const CONTAINER_CONFIG_MISSING: FindingKind = {
  id: "ContainerConfigMissing",
  area: "delivery",
  severity: "error",
  title: "A container needs a ConfigMap, a Secret or a key that is not there",
  means: "The kubelet cannot put the container together, and waits.",
  shows: "The pod waits with CreateContainerConfigError or CreateContainerError.",
  fix: "Add what is missing to the repository, or make it in the namespace; the kubelet goes on by itself.",
  lookAlike: "ContainerCrashes: the container was started, and ends because it misses something itself.",
  explains: WAITED,
};

export const CONTAINER_CRASHES: FindingKind = {
  id: "ContainerCrashes",
  area: "delivery",
  severity: "error",
  title: "A container starts and ends, again and again",
  means: "The program in it ends by itself, or is ended for taking too much memory (OOMKilled).",
  shows: "The pod waits with CrashLoopBackOff; the exit code stands in its last state.",
  fix: "`kubectl logs POD -c CONTAINER --previous` shows its last words. For OOMKilled raise the memory limit.",
  lookAlike: "ContainerNotReady: it keeps running, and its readiness probe fails.",
  explains: WAITED,
};

export const POD_UNSCHEDULABLE: FindingKind = {
  id: "PodUnschedulable",
  area: "delivery",
  severity: "error",
  title: "No node takes the pods of a workload",
  means: "The scheduler finds no node with enough room, the right labels or tolerations, or the volume.",
  shows: "The pod is Pending, with the condition PodScheduled=False, reason Unschedulable.",
  fix: "Ask for less CPU or memory, change selectors and tolerations, bind the claim, or add nodes. The message counts the reasons.",
  lookAlike: "PodsRefused: a quota refuses the pods, so that there are none to schedule.",
  explains: WAITED,
};

export const CONTAINER_NOT_READY: FindingKind = {
  id: "ContainerNotReady",
  area: "delivery",
  severity: "error",
  title: "A container runs and does not become ready",
  means: "Its readiness or startup probe fails, so that the workload does not count as available.",
  shows: "The container is running, with ready: false; the pod's events tell what the probe got.",
  fix: "Look at the probe's path and port and at the container's log, mend it and push.",
  lookAlike:
    "While Flux has not given up waiting, this is only a container that starts: WaitingForWorkloads.",
  explains: WAITED,
};

export const WORKLOAD_NOT_HEALTHY: FindingKind = {
  id: "WorkloadNotHealthy",
  area: "delivery",
  severity: "error",
  title: "What was deployed does not become healthy, and no pod says why",
  means:
    "Flux has applied everything and waited for it as long as `timeout` says. Nothing is known of its pods: there are none, or they may not be looked at, or it has none by its nature.",
  shows:
    "The Kustomization has reason HealthCheckFailed: `timeout waiting for: [KIND/NAMESPACE/NAME status: '…']`.",
  fix: "`kubectl describe` of the object that is named: its conditions and events tell what its controller does. A slow start needs a longer `timeout`.",
  lookAlike: "HealthCheckTargetMissing: the object is not there at all.",
};

export const HEALTH_CHECK_TARGET_MISSING: FindingKind = {
  id: "HealthCheckTargetMissing",
  area: "delivery",
  severity: "error",
  title: "healthChecks names an object that does not exist",
  means:
    "Flux waits for it in vain: the repository does not hold it, it has another name, or somebody has deleted it.",
  shows: "The Kustomization has reason HealthCheckFailed: `… status: 'NotFound'`.",
  fix: "Mend `spec.environments[].healthChecks`, or leave it out: without it Flux waits for all that it applies.",
  lookAlike: "WorkloadNotHealthy: the object is there, and not healthy.",
};

export const WAITING_FOR_WORKLOADS: FindingKind = {
  id: "WaitingForWorkloads",
  area: "delivery",
  severity: "info",
  title: "Flux waits for what it has just deployed",
  means: "Everything was applied, and something is not available yet. Nothing has gone wrong so far.",
  shows:
    "The Kustomization has Ready=Unknown, reason Progressing, and the workload fewer replicas than it wants.",
  fix: "Wait. `projectgitops wait NAME` tells when it is over.",
  lookAlike: "WorkloadNotHealthy: Flux has waited as long as `timeout` says, and given up.",
};

export const DELIVERY_WORKLOAD: readonly FindingKind[] = [
  PODS_REFUSED,
  IMAGE_PULL_FAILED,
  CONTAINER_CONFIG_MISSING,
  CONTAINER_CRASHES,
  POD_UNSCHEDULABLE,
  CONTAINER_NOT_READY,
  HEALTH_CHECK_TARGET_MISSING,
  WORKLOAD_NOT_HEALTHY,
  WAITING_FOR_WORKLOADS,
];
