import { deployerName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata, tenantLabel } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** The identity that Flux deploys with: its rights end at the environment's namespace. */
export function serviceAccount(scope: Scope): Manifest {
  const metadata = managedMetadata(scope, deployerName(scope.project.spec.projectId));
  const pullSecrets = scope.environment.imagePullSecrets ?? [];
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata, labels: { ...metadata.labels, ...tenantLabel(scope) } },
    ...(pullSecrets.length > 0 ? { imagePullSecrets: pullSecrets.map(({ name }) => ({ name })) } : {}),
  };
}
