import type { ProjectGitOps } from "../../../api/schema.ts";
import { environmentNamespace } from "../../../plan/index.ts";
import { DEPENDENCY_NOT_READY, DEPENDENCY_SUSPENDED } from "../catalogue/delivery-flux.ts";
import { type FluxEnvironment, readFluxObjects } from "../reads/flux-objects.ts";
import { type Failure, type Reader, troubleOf } from "./failure.ts";
import type { Trouble } from "./trouble.ts";

/** It waits for another environment, whose own trouble is the cause; where that one is suspended there is none. */
export const dependencyNotReady: Reader = async (failure, look) => {
  if (failure.reason !== "DependencyNotReady") return undefined;
  const all = await readFluxObjects(look, failure.project);
  const other = all.find(({ namespace }) => namespace === namespaceIn(failure));
  if (other?.delivery.health?.suspended) return suspended(failure, other);
  const waitsFor = other?.environment.name ?? (failure.flux.environment.dependsOn ?? []).join(", ");
  const { metadata } = failure.project;
  return troubleOf(DEPENDENCY_NOT_READY, failure, {
    same: waitsFor,
    what: (where) => `${where} waits for ${waitsFor}, which is not Ready`,
    cause: `dependsOn holds it back until ${waitsFor} is deployed and Ready, and then it goes on by itself`,
    fix: [`projectgitops status ${metadata.name} -n ${metadata.namespace}`],
  });
};

function suspended(failure: Failure, other: FluxEnvironment): Trouble {
  const { name } = other.environment;
  return troubleOf(DEPENDENCY_SUSPENDED, failure, {
    same: name,
    what: (where) => `${where} waits for ${name}, which is suspended`,
    cause: `dependsOn holds it back until ${name} is Ready, and Flux leaves ${name} alone: resume it, or take it out of dependsOn`,
    fix: [resumeCommand(failure.project, other)],
  });
}

/** Whoever suspended it: the project's spec, or somebody by `flux suspend`, which the operator leaves to people. */
function resumeCommand(
  { metadata, spec }: ProjectGitOps,
  { environment, delivery }: FluxEnvironment,
): string {
  const { kind, namespace, name } = delivery.id;
  if (!environment.suspend) {
    return `kubectl patch ${kind.toLowerCase()} ${name} -n ${namespace} --type merge -p '{"spec":{"suspend":false}}'`;
  }
  const path = `/spec/environments/${spec.environments.indexOf(environment)}/suspend`;
  const patch = JSON.stringify([{ op: "replace", path, value: false }]);
  return `kubectl patch pgops ${metadata.name} -n ${metadata.namespace} --type json -p '${patch}'`;
}

/** Namespace of the Flux object that is waited for, as the message names it. */
function namespaceIn({ project, message }: Failure): string | undefined {
  const named = /dependency '([^/']+)\//.exec(message)?.[1];
  const namespaces = project.spec.environments.map((one) => environmentNamespace(project.spec, one));
  return namespaces.find((one) => one === named);
}
