import type { PostBuild } from "../api/delivery.ts";
import { deliveryName, deployerName, repositoryName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { environmentNamespace, environmentPath } from "./environments.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** Flux's delivery: applies one path of the source with the deployer's rights. */
export function kustomization(scope: Scope): Manifest {
  const { project, environment, inputs } = scope;
  const { projectId } = project.spec;
  const namespace = environmentNamespace(project.spec, environment);
  return {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: managedMetadata(scope, deliveryName(projectId, environment.name)),
    spec: {
      interval: environment.interval,
      timeout: environment.timeout,
      path: environmentPath(environment),
      prune: environment.prune,
      // Flux ignores healthChecks while wait is on.
      wait: environment.wait ?? environment.healthChecks === undefined,
      sourceRef: { kind: "GitRepository", name: repositoryName(projectId) },
      serviceAccountName: deployerName(projectId),
      // Without it Flux leaves the namespaces in the manifests alone.
      ...(environment.targetNamespace ? { targetNamespace: namespace } : {}),
      ...options(scope, namespace),
      // Rendered only when true, so that `flux suspend` stays.
      ...(environment.suspend || inputs.fluxSuspended ? { suspend: true } : {}),
    },
  };
}

function options(scope: Scope, namespace: string): Record<string, unknown> {
  const { retryInterval, force, patches, images, decryption, healthChecks, postBuild } = scope.environment;
  return {
    ...(retryInterval ? { retryInterval } : {}),
    ...(force ? { force } : {}),
    ...(patches ? { patches } : {}),
    ...(images ? { images } : {}),
    ...(decryption ? { decryption } : {}),
    ...(healthChecks ? { healthChecks: healthChecks.map((check) => ({ ...check, namespace })) } : {}),
    ...(postBuild ? { postBuild: substitutions(scope, postBuild) } : {}),
    ...dependencies(scope),
  };
}

function substitutions({ project, environment }: Scope, postBuild: PostBuild): Record<string, unknown> {
  return {
    substitute: { ...postBuild.substitute, project: project.spec.projectId, environment: environment.name },
    ...(postBuild.substituteFrom ? { substituteFrom: postBuild.substituteFrom } : {}),
  };
}

/** Names of environments become the Flux objects that deliver them: Flux's own reference across namespaces. */
export function dependencies({ project, environment }: Scope): Record<string, unknown> {
  const { projectId, environments } = project.spec;
  const names = environment.dependsOn ?? [];
  const dependsOn = environments
    .filter(({ name }) => names.includes(name))
    .map((other) => ({
      name: deliveryName(projectId, other.name),
      namespace: environmentNamespace(project.spec, other),
    }));
  return dependsOn.length > 0 ? { dependsOn } : {};
}
