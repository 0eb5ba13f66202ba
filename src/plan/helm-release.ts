import type { HelmDelivery } from "../api/delivery.ts";
import { deliveryName, deployerName, repositoryName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { environmentNamespace } from "./environments.ts";
import { dependencies } from "./kustomization.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** Flux's delivery of a chart that lies in the repository, with the deployer's rights. */
export function helmRelease(scope: Scope, helm: HelmDelivery): Manifest {
  const { project, environment, inputs } = scope;
  const { projectId } = project.spec;
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: managedMetadata(scope, deliveryName(projectId, environment.name)),
    spec: {
      interval: environment.interval,
      timeout: environment.timeout,
      releaseName: projectId,
      chart: {
        spec: {
          chart: helm.chart,
          // A chart that changes without a new version number is still deployed.
          reconcileStrategy: "Revision",
          sourceRef: { kind: "GitRepository", name: repositoryName(projectId) },
        },
      },
      serviceAccountName: deployerName(projectId),
      ...(environment.targetNamespace
        ? { targetNamespace: environmentNamespace(project.spec, environment) }
        : {}),
      ...(helm.values ? { values: helm.values } : {}),
      ...(helm.valuesFrom ? { valuesFrom: helm.valuesFrom } : {}),
      ...dependencies(scope),
      ...(environment.suspend || inputs.fluxSuspended ? { suspend: true } : {}),
    },
  };
}
