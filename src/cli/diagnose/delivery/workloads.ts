import type { Deployment } from "kubernetes-types/apps/v1";
import { durationMs, type Milliseconds } from "../../../api/duration.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { CORE_EVENTS } from "../../../kube/index.ts";
import { PODS_REFUSED, WAITING_FOR_WORKLOADS } from "../catalogue/delivery-workload.ts";
import type { Look } from "../look.ts";
import { conditionOfFlux, type FluxEnvironment } from "../reads/flux-objects.ts";
import { fromPod } from "./pod-findings.ts";
import { type PodTrouble, podTroubleOf } from "./pods.ts";
import { readUnwell, type Workload } from "./read-workloads.ts";
import type { Trouble } from "./trouble.ts";

/** What runs, or does not: the causes behind a failed health check, and what no health check looks at. */
export async function workloads(
  look: Look,
  project: ProjectGitOps,
  flux: FluxEnvironment,
): Promise<Trouble[]> {
  if (!isWorthALook(flux)) return [];
  const unwell = await readUnwell(look, flux);
  const troubles = await Promise.all(unwell.map((workload) => troubleOf(look, project, flux, workload)));
  const told = troubles.flat();
  return told.length > 0 ? told : waitingFor(flux, unwell);
}

/** Where Flux waits for health and has found it, it need not be looked for again. */
function isWorthALook({ delivery: { health, live } }: FluxEnvironment): boolean {
  if (health === undefined || health.suspended) return false;
  if (health.ready !== "True") return true;
  return live?.kind === "Kustomization" && live.spec["wait"] !== true;
}

async function troubleOf(
  look: Look,
  project: ProjectGitOps,
  flux: FluxEnvironment,
  workload: Workload,
): Promise<Trouble[]> {
  const trouble = podTroubleOf(workload.pods);
  if (trouble !== undefined && mayBeStarting(look, flux, trouble)) return [];
  if (trouble !== undefined) return [fromPod(project, flux, workload, trouble)];
  const refused = (await refusalOf(look, workload)) ?? [];
  return refused.length === 0 ? [] : [podsRefused(flux, workload, refused)];
}

/** Flux has not given up, and neither should a person: a program starts, a node is on its way. */
function mayBeStarting(look: Look, flux: FluxEnvironment, { kind, since }: PodTrouble): boolean {
  if (hasGivenUp(flux)) return false;
  return look.now - Date.parse(since ?? "") < patienceWith(kind, durationMs(flux.environment.timeout));
}

const hasGivenUp = ({ delivery: { health } }: FluxEnvironment): boolean => health?.ready === "False";

const isProgressing = ({ delivery: { health } }: FluxEnvironment): boolean =>
  health?.ready === "Unknown" && health.reason === "Progressing";

function patienceWith(kind: PodTrouble["kind"], timeout: Milliseconds): Milliseconds {
  if (kind === "notReady") return timeout;
  return kind === "unschedulable" ? 60_000 : 0;
}

/** What the API server answered to the pods of a workload: a Deployment tells it, of the others only an event does. */
async function refusalOf(look: Look, workload: Workload): Promise<string[] | undefined> {
  const { kind, namespace, name, object } = workload;
  const failure = (object as Deployment).status?.conditions?.find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  if (failure) return [failure.message ?? "", failure.lastTransitionTime ?? ""];
  if (kind === "Deployment" || workload.pods.length > 0) return undefined;
  const fieldSelector = "reason=FailedCreate";
  const events = (await look.list(CORE_EVENTS, { namespace, fieldSelector })) ?? [];
  const last = events.findLast(({ involvedObject: of }) => of.kind === kind && of.name === name);
  return last && [last.message ?? "", last.firstTimestamp ?? ""];
}

function podsRefused(
  { environment }: FluxEnvironment,
  workload: Workload,
  [said = "", since]: string[],
): Trouble {
  const { kind, namespace, name } = workload;
  const quota = /exceeded quota: ([^,\s]+)/.exec(said)?.[1];
  return {
    kind: PODS_REFUSED,
    environment: environment.name,
    same: `${kind} ${name} ${quota}`,
    object: `${kind} ${namespace}/${name}`,
    what: (where) =>
      quota === undefined
        ? `${where}: the cluster refuses the pods of ${kind} ${name}`
        : `${where}: the pods of ${kind} ${name} exceed the quota ${quota}`,
    evidence: `FailedCreate: ${said}`,
    cause:
      quota === undefined
        ? "Pod Security, a webhook, or a ServiceAccount that is missing: the evidence says which. Mend the manifest and push, or ask whoever keeps the policy"
        : "the namespace has no room for them: ask for less, or let an administrator raise the quota",
    fix: [
      quota === undefined
        ? `kubectl describe ${kind.toLowerCase()} ${name} -n ${namespace}`
        : `kubectl describe resourcequota ${quota} -n ${namespace}`,
    ],
    since: since || undefined,
  };
}

/** Flux still waits, and nothing has gone wrong yet. */
function waitingFor(flux: FluxEnvironment, unwell: readonly Workload[]): Trouble[] {
  const { environment, delivery } = flux;
  const [first] = unwell;
  if (!first || !isProgressing(flux)) return [];
  const names = unwell.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return [
    {
      kind: WAITING_FOR_WORKLOADS,
      environment: environment.name,
      same: names,
      object: delivery.object,
      what: (where) => `${where} is being deployed: Flux waits for ${names}`,
      evidence: conditionOfFlux(delivery.live, "Reconciling")?.message,
      cause: `${unwell.map(({ name, health }) => `${name}: ${health?.message || health?.reason || "not ready yet"}`).join("; ")}. Flux gives up after ${environment.timeout}`,
      fix: [`kubectl describe ${first.kind.toLowerCase()} ${first.name} -n ${first.namespace}`],
      since: delivery.since,
    },
  ];
}
