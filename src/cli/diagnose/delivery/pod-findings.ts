import type { ProjectGitOps } from "../../../api/schema.ts";
import {
  CONTAINER_CONFIG_MISSING,
  CONTAINER_CRASHES,
  CONTAINER_NOT_READY,
  IMAGE_PULL_FAILED,
  POD_UNSCHEDULABLE,
} from "../catalogue/delivery-workload.ts";
import type { FindingKind } from "../finding-kind.ts";
import type { FluxEnvironment } from "../reads/flux-objects.ts";
import { deployAgain } from "./failure.ts";
import type { PodTrouble } from "./pods.ts";
import type { Workload } from "./read-workloads.ts";
import type { Trouble } from "./trouble.ts";

interface Telling {
  readonly kind: FindingKind;
  readonly what: (trouble: PodTrouble, of: string) => string;
  readonly cause: (trouble: PodTrouble, workload: Workload) => string;
  readonly fix: (trouble: PodTrouble, workload: Workload) => string[];
}

const describePod = ({ pod }: PodTrouble, { namespace }: Workload): string[] => [
  `kubectl describe pod ${pod} -n ${namespace}`,
];

/** The compiler refuses a trouble that nobody can tell. */
const TELLINGS: Record<PodTrouble["kind"], Telling> = {
  image: {
    kind: IMAGE_PULL_FAILED,
    what: ({ image }, of) => `the image ${image} of ${of} cannot be pulled`,
    cause: (_, workload) =>
      pullSecretsOf(workload).length === 0
        ? "the image or its tag is not in the registry, or the registry wants a password: the pods name no pull Secret. Mend the name and push, or give the environment imagePullSecrets"
        : `the image or its tag is not in the registry, or the pull Secret ${pullSecretsOf(workload).join(", ")} does not open it. The kubelet tries again every few minutes`,
    fix: describePod,
  },
  config: {
    kind: CONTAINER_CONFIG_MISSING,
    what: ({ container }, of) => `container ${container} of ${of} needs what is not there`,
    cause: () =>
      "it names a ConfigMap, a Secret or a key that the namespace does not have: the evidence says which. Add it to the repository, or make it by hand where it is a Secret; the kubelet goes on by itself",
    fix: describePod,
  },
  crash: {
    kind: CONTAINER_CRASHES,
    what: ({ container, said }, of) =>
      `container ${container} of ${of} ${said.includes("OOMKilled") ? "runs out of memory" : "starts and ends"}, again and again`,
    cause: ({ said }) =>
      said.includes("OOMKilled")
        ? "it takes more memory than its limit: raise resources.limits.memory, or have it take less"
        : "the program itself ends: its log says why",
    fix: ({ pod, container }, { namespace, kind }) => [
      `kubectl logs ${pod} -n ${namespace} -c ${container}${kind === "Job" ? "" : " --previous"}`,
    ],
  },
  unschedulable: {
    kind: POD_UNSCHEDULABLE,
    what: (_, of) => `no node takes the pods of ${of}`,
    cause: () =>
      "the scheduler finds no node with room, the labels, the tolerations or the volume that they ask for: the evidence counts the reasons",
    fix: describePod,
  },
  notReady: {
    kind: CONTAINER_NOT_READY,
    what: ({ container }, of) => `container ${container} of ${of} runs, and does not become ready`,
    cause: () =>
      "its readiness probe fails, or it has only just started: the events of the pod tell what the probe got",
    fix: describePod,
  },
};

/** A workload's trouble as its worst pod has it. */
export function fromPod(
  project: ProjectGitOps,
  { environment }: FluxEnvironment,
  workload: Workload,
  trouble: PodTrouble,
): Trouble {
  const { kind, what, cause, fix } = TELLINGS[trouble.kind];
  const of = `${workload.kind} ${workload.name}`;
  const where = trouble.container === undefined ? "" : `container ${trouble.container}: `;
  return {
    kind,
    environment: environment.name,
    same: `${of} ${trouble.container} ${trouble.image}`,
    object: `Pod ${workload.namespace}/${trouble.pod}`,
    what: (environments) => `${environments}: ${what(trouble, of)}`,
    evidence: `${where}${trouble.said}`,
    cause: cause(trouble, workload),
    fix: [...fix(trouble, workload), deployAgain(project)],
    since: trouble.since,
  };
}

function pullSecretsOf({ pods }: Workload): string[] {
  const names = pods.flatMap(({ spec }) => (spec?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []));
  return [...new Set(names)];
}
