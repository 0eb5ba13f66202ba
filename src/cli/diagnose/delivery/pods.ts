import type { ContainerStatus, Pod } from "kubernetes-types/core/v1";

/** Why a pod does not run as it should, in the kubelet's and the scheduler's words. */
export interface PodTrouble {
  readonly kind: "image" | "config" | "crash" | "unschedulable" | "notReady";
  readonly pod: string;
  /** Undefined where no container is to blame. */
  readonly container: string | undefined;
  readonly image: string | undefined;
  readonly said: string;
  /** RFC 3339. */
  readonly since: string | undefined;
}

/** The worst of a workload's pods: what keeps a container from starting comes before what happens to one. Pure. */
export function podTroubleOf(pods: readonly Pod[]): PodTrouble | undefined {
  const all = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).flatMap(judge);
  return all.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))[0];
}

const ORDER: readonly PodTrouble["kind"][] = ["image", "config", "crash", "unschedulable", "notReady"];

/** Reasons of a waiting container (kubelet, pkg/kubelet/images and kuberuntime). */
const WAITING: Readonly<Record<string, PodTrouble["kind"]>> = {
  ErrImagePull: "image",
  ImagePullBackOff: "image",
  InvalidImageName: "image",
  ErrImageNeverPull: "image",
  RegistryUnavailable: "image",
  ImageInspectError: "image",
  SignatureValidationFailed: "image",
  CreateContainerConfigError: "config",
  CreateContainerError: "config",
  CrashLoopBackOff: "crash",
  RunContainerError: "crash",
};

function judge(pod: Pod): PodTrouble[] {
  const { status, metadata } = pod;
  if (status?.phase === "Succeeded") return [];
  const name = metadata?.name ?? "";
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False") {
    const { reason = "", message = "", lastTransitionTime: since } = scheduled;
    const about = { pod: name, container: undefined, image: undefined, since };
    return [{ kind: "unschedulable", said: `${reason}: ${message}`, ...about }];
  }
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const since = status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime;
  return containers.flatMap((container) => ofContainer(container, name, since));
}

function ofContainer(status: ContainerStatus, pod: string, since: string | undefined): PodTrouble[] {
  const { name: container, image, state, lastState, ready } = status;
  const about = { pod, container, image, since };
  const { waiting, running, terminated } = state ?? {};
  const kind = WAITING[waiting?.reason ?? ""];
  if (kind === "crash")
    return [
      { kind, said: `${waiting?.reason}: ${endOf(lastState?.terminated) || waiting?.message}`, ...about },
    ];
  if (kind !== undefined) return [{ kind, said: `${waiting?.reason}: ${waiting?.message ?? ""}`, ...about }];
  if (terminated !== undefined && terminated.exitCode !== 0)
    return [{ kind: "crash", said: endOf(terminated), ...about }];
  if (running !== undefined && !ready) {
    return [
      {
        kind: "notReady",
        said: `it runs${running.startedAt ? ` since ${running.startedAt}` : ""}, and is not ready`,
        ...about,
      },
    ];
  }
  return [];
}

type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;

/** How a container ended: its own last words may hold anything, so they are left out. */
const endOf = (end: Terminated | undefined): string =>
  end === undefined
    ? ""
    : `it ended with exit code ${end.exitCode}${end.reason && end.reason !== "Error" ? ` (${end.reason})` : ""}`;
