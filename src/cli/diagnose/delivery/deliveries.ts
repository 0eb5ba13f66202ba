import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type FluxEnvironment, readFluxObjects } from "../reads/flux-objects.ts";
import { readNamespaces } from "../reads/namespaces.ts";
import { artifactFailed, stillFetching } from "./artifact.ts";
import { buildFailed, fileMissing, yamlInvalid } from "./build.ts";
import { fieldShared } from "./contested.ts";
import { decryptionFailed } from "./decryption.ts";
import { dependencyNotReady } from "./dependency.ts";
import { deployer } from "./deployer.ts";
import { failureOf, type Reader } from "./failure.ts";
import { failing } from "./generic.ts";
import { healthCheckFailed } from "./health.ts";
import { helmReleaseFailed } from "./helm.ts";
import { kindUnknown } from "./kinds.ts";
import { deliveryMissing } from "./missing.ts";
import { objectRefused } from "./objects.ts";
import { forbidden, roleGrantsTooMuch } from "./rights.ts";
import { crossNamespace } from "./source.ts";
import { substitutionFailed } from "./substitution.ts";
import { type Trouble, toldOnce, withoutExplained } from "./trouble.ts";
import { workloads } from "./workloads.ts";

/** The first that knows what Flux's message means tells it; the last knows every message. */
const READERS: readonly Reader[] = [
  crossNamespace,
  dependencyNotReady,
  artifactFailed,
  substitutionFailed,
  decryptionFailed,
  fileMissing,
  yamlInvalid,
  buildFailed,
  roleGrantsTooMuch,
  forbidden,
  kindUnknown,
  objectRefused,
  healthCheckFailed,
  helmReleaseFailed,
  failing,
];

/** What is wrong with the delivery of each environment; what several have in common is told once. */
export async function deliveries(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const [environments, { planned }] = await Promise.all([
    readFluxObjects(look, project),
    readNamespaces(look, project),
  ]);
  const standing = environments.filter(({ environment }) => {
    const home = planned.get(environment.name);
    // Of a Namespace that is gone, or going, nothing inside is worth a word.
    return home?.state !== "missing" && !(home?.state === "found" && home.object.metadata.deletionTimestamp);
  });
  const found = await Promise.all(standing.map((flux) => troublesOf(look, project, flux)));
  return toldOnce(found.flat(), projectKey(project.metadata));
}

async function troublesOf(look: Look, project: ProjectGitOps, flux: FluxEnvironment): Promise<Trouble[]> {
  const found = await Promise.all([
    deliveryMissing(project, flux),
    deployer(look, project, flux),
    said(look, project, flux),
    stillFetching(look, project, flux),
    workloads(look, project, flux),
    fieldShared(flux),
  ]);
  return withoutExplained(found.flat());
}

/** What Flux says of the delivery. */
async function said(look: Look, project: ProjectGitOps, flux: FluxEnvironment): Promise<Trouble[]> {
  const failure = failureOf(project, flux, look.now);
  if (failure === undefined) return [];
  for (const reader of READERS) {
    const trouble = await reader(failure, look);
    if (trouble !== undefined) return [trouble];
  }
  return [];
}
