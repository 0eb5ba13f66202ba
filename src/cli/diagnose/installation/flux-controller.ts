import type { Deployment } from "kubernetes-types/apps/v1";
import type { Lease } from "kubernetes-types/coordination/v1";
import { DEPLOYMENTS, LEASES } from "../../../kube/index.ts";
import type { ManagedKind } from "../../../plan/index.ts";
import {
  FLUX_NOT_INSTALLED,
  FLUX_NOT_MOVING,
  FLUX_NOT_RUNNING,
  FLUX_OLD,
  FLUX_OUTSIDE,
} from "../catalogue/installation-flux.ts";
import { found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { leaseState } from "../reads/lease-state.ts";
import { fluxWorks } from "./evidence.ts";
import { INSTALL_FLUX } from "./install-fixes.ts";
import { fine, type Judgement } from "./judged.ts";

/** What each of them works on: it tells of one that is not seen itself. */
const WORKS_ON = {
  "source-controller": "GitRepository",
  "kustomize-controller": "Kustomization",
  "helm-controller": "HelmRelease",
} as const satisfies Record<string, ManagedKind>;
export type FluxController = keyof typeof WORKS_ON;

/** The kinds that the operator writes came with the first major version of their controllers. */
const LEAST_MAJOR = 1;

/** Whether this controller of Flux is there, new enough, runs and moves. */
export async function fluxController(look: Look, name: FluxController): Promise<Judgement[]> {
  const deployments = await fluxDeployments(look, name);
  if (deployments === undefined) return [];
  if (deployments.length === 0) return [await notInstalled(look, name, WORKS_ON[name])];
  return Promise.all(
    deployments.map(async (deployment) =>
      judge(look, name, objectOf(deployment), deployment, await leaseOf(look, name, deployment)),
    ),
  );
}

/** Undefined where this person may not look. */
export const fluxDeployments = (look: Look, name: FluxController): Promise<Deployment[] | undefined> =>
  look.list(DEPLOYMENTS, { fieldSelector: `metadata.name=${name}` });

/** `Deployment flux-system/kustomize-controller`. */
export const objectOf = ({ metadata }: Deployment): string =>
  `Deployment ${metadata?.namespace}/${metadata?.name}`;

async function notInstalled(look: Look, name: FluxController, kind: ManagedKind): Promise<Judgement> {
  if (await fluxWorks(look, kind)) {
    return found(FLUX_OUTSIDE, {
      object: `Deployment ${name}`,
      what: `Flux's ${name} seems to run outside of this cluster`,
      evidence: `in no namespace, and the ${kind} objects have been answered`,
    });
  }
  return found(FLUX_NOT_INSTALLED, {
    object: `Deployment ${name}`,
    what: `Flux's ${name} is not installed in this cluster`,
    evidence: "not found in any namespace",
    cause: "without it nothing is fetched from git or applied",
    fix: INSTALL_FLUX,
  });
}

async function leaseOf(
  look: Look,
  name: FluxController,
  { metadata }: Deployment,
): Promise<Lease | undefined> {
  const ref = { namespace: metadata?.namespace ?? "", name: `${name}-leader-election` };
  const seen = await look.get(LEASES, ref);
  return seen.state === "found" ? seen.object : undefined;
}

function judge(
  look: Look,
  name: FluxController,
  object: string,
  deployment: Deployment,
  lease: Lease | undefined,
): Judgement {
  const image = imageOf(deployment);
  const major = majorOf(image);
  if (major !== undefined && major < LEAST_MAJOR) {
    return found(FLUX_OLD, {
      object,
      what: `Flux is too old: ${image}, and the operator needs ${name} 1.0 or later`,
      evidence: `its image is ${image}`,
      cause: "the versions of its kinds that the operator writes came with that",
      fix: INSTALL_FLUX,
    });
  }
  if ((deployment.status?.availableReplicas ?? 0) === 0) return notRunning(name, object, deployment);
  const state = lease && leaseState(lease, look.now);
  if (state?.kind !== "free") return fine("FluxRunning", object, `available (${image})`);
  return found(FLUX_NOT_MOVING, {
    object: `Lease ${lease?.metadata?.namespace}/${lease?.metadata?.name}`,
    what: `Flux's ${name} stands still: none of its replicas leads`,
    evidence: state.text,
    cause: `${object} is available, and works only while it holds this Lease`,
    fix: `kubectl rollout restart deployment/${name} -n ${deployment.metadata?.namespace}`,
    since: state.since,
  });
}

function notRunning(name: FluxController, object: string, { metadata, spec, status }: Deployment): Judgement {
  const available = status?.conditions?.find(({ type }) => type === "Available");
  const stopped = spec?.replicas === 0;
  const told = available?.message;
  return found(FLUX_NOT_RUNNING, {
    object,
    what: `Flux's ${name} ${stopped ? "is switched off" : "does not run"}`,
    evidence: stopped ? "spec.replicas is 0" : `no replica is available${told ? `: ${told}` : ""}`,
    fix: stopped
      ? `kubectl scale deployment ${name} -n ${metadata?.namespace} --replicas=1`
      : `kubectl describe deployment -n ${metadata?.namespace} ${name}`,
    since: available?.status === "False" ? available.lastTransitionTime : undefined,
  });
}

const imageOf = (deployment: Deployment): string =>
  deployment.spec?.template.spec?.containers[0]?.image?.split("/").at(-1) ?? "no image";

/** Of a tag such as v1.9.6; undefined where the image is named by something else. */
function majorOf(image: string): number | undefined {
  const [, major] = /:v?(\d+)\.\d+\.\d+/.exec(image) ?? [];
  return major === undefined ? undefined : Number(major);
}
