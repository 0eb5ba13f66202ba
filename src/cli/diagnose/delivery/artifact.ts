import type { ProjectGitOps } from "../../../api/schema.ts";
import { ARTIFACT_NOT_FETCHED, ARTIFACT_UNREACHABLE } from "../catalogue/delivery-flux.ts";
import type { Look } from "../look.ts";
import { conditionOfFlux, type FluxEnvironment } from "../reads/flux-objects.ts";
import { deployAgain, type Failure, isSourceGone, type Reader, troubleOf } from "./failure.ts";
import type { Trouble } from "./trouble.ts";

/** The source is Ready, and kustomize-controller cannot get at what source-controller has fetched. */
export const artifactFailed: Reader = (failure) => {
  if (failure.reason !== "ArtifactFailed") return undefined;
  if (/^failed to download archive|^Get "?http|^GET http/.test(failure.message)) return unreachable(failure);
  if (!isSourceGone(failure.message)) return undefined;
  return troubleOf(ARTIFACT_NOT_FETCHED, failure, {
    what: (where) => `${where} is not deployed: what Flux fetched from git is gone from source-controller`,
    cause:
      "source-controller keeps it on a volume of its own, which is empty after a restart: it fetches again at its next interval, or now with the fix",
    fix: [deployAgain(failure.project)],
  });
};

/** It tries for minutes before it says so, and fetches inside the cluster take no time. */
export function stillFetching(look: Look, project: ProjectGitOps, flux: FluxEnvironment): Trouble[] {
  const { health, live } = flux.delivery;
  const ready = conditionOfFlux(live, "Ready");
  const step = conditionOfFlux(live, "Reconciling")?.message ?? "";
  const fetching = ready?.status === "Unknown" && step.startsWith("Fetching manifests ");
  if (!fetching || health?.suspended || health?.reason === "ArtifactFailed") return [];
  if (look.now - Date.parse(ready.lastTransitionTime ?? "") < PATIENCE_MS) return [];
  return [unreachable({ project, flux, reason: ready.reason ?? "Progressing", message: step })];
}

const PATIENCE_MS = 15_000;

function unreachable(failure: Failure): Trouble {
  const artifact = failure.flux.source.live?.status.artifact;
  const url = artifact?.url ?? "http://source-controller.flux-system.svc";
  return troubleOf(ARTIFACT_UNREACHABLE, failure, {
    what: (where) => `${where} is not deployed: kustomize-controller cannot reach source-controller`,
    cause: `what was fetched from git is served by source-controller at ${hostOf(url)}, and no answer comes from there: a NetworkPolicy in Flux's namespace, its Service, or source-controller itself`,
    fix: [
      `kubectl get pods,services,endpointslices,networkpolicies -n ${namespaceOf(url)}`,
      deployAgain(failure.project),
    ],
  });
}

/** `source-controller.flux-system.svc.cluster.local.` in the URL of an artifact. */
const hostOf = (url: string): string => /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? url;
const namespaceOf = (url: string): string => /^[^.]+\.([^.]+)\.svc/.exec(hostOf(url))?.[1] ?? "flux-system";
