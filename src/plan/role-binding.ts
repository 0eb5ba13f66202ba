import { deployerName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { environmentNamespace } from "./environments.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** Grants the deployer the configured ClusterRole, in this namespace alone. */
export function roleBinding(scope: Scope): Manifest {
  const { project, environment, inputs } = scope;
  const name = deployerName(project.spec.projectId);
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: managedMetadata(scope, name),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: inputs.deployerClusterRole },
    subjects: [{ kind: "ServiceAccount", name, namespace: environmentNamespace(project.spec, environment) }],
  };
}
