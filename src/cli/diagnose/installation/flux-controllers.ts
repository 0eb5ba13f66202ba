import type { ProjectGitOps } from "../../../api/schema.ts";
import { MANAGED_KINDS } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { FLUX_NOT_LOCKED_DOWN } from "../catalogue/installation-flux.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type FluxController, fluxController, fluxDeployments, objectOf } from "./flux-controller.ts";
import { fluxCrd } from "./flux-crds.ts";
import { isFound, type Judgement } from "./judged.ts";
import { lockDown } from "./lock-down.ts";

/** Those that every project needs. */
const NEEDED = ["source-controller", "kustomize-controller"] as const;
/** Those that apply what a repository holds: with whose rights, and how far they reach, is for them to say. */
const APPLYING = ["kustomize-controller", "helm-controller"] as const;

/** Whether Flux is there, new enough, runs, moves, and keeps tenants apart. */
export async function fluxControllers(look: Look): Promise<Judgement[]> {
  const judged = await Promise.all([
    ...NEEDED.map((name) => fluxController(look, name)),
    ...APPLYING.map((name) => lockedDown(look, name)),
  ]);
  return judged.flat();
}

/** A tenant can use it as soon as it runs, whether or not a project asks for it. */
async function lockedDown(look: Look, name: FluxController): Promise<Judgement[]> {
  const running = (await fluxDeployments(look, name))?.filter(({ spec }) => spec?.replicas !== 0);
  return (running ?? []).map((deployment) => lockDown(objectOf(deployment), deployment));
}

/** A project that delivers by Helm needs one more controller and its kind. */
export async function helmInstalled(look: Look, project: ProjectGitOps): Promise<Found[]> {
  if (!project.spec.environments.some(({ delivery }) => delivery?.helm !== undefined)) return [];
  const judged = await Promise.all([
    fluxController(look, "helm-controller"),
    fluxCrd(look, MANAGED_KINDS.HelmRelease),
  ]);
  return judged
    .flat()
    .filter(isFound)
    .filter(({ kind }) => kind.severity === "error" && kind !== FLUX_NOT_LOCKED_DOWN)
    .map((one) => ({ ...one, project: projectKey(project.metadata) }));
}
