import { ANNOTATIONS, LABELS, MANAGED_BY } from "../api/names.ts";
import { environmentNamespace } from "./environments.ts";
import type { Scope } from "./scope.ts";

interface ManagedMetadata {
  name: string;
  namespace?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Labels and annotations that every managed object carries: whose it is, and of which environment. */
export function managedMetadata({ project, environment }: Scope, name: string): ManagedMetadata {
  return {
    name,
    namespace: environmentNamespace(project.spec, environment),
    labels: {
      [LABELS.managedBy]: MANAGED_BY,
      [LABELS.project]: project.spec.projectId,
      [LABELS.environment]: environment.name,
    },
    annotations: {
      [ANNOTATIONS.owner]: `${project.metadata.namespace}/${project.metadata.name}`,
      [ANNOTATIONS.ownerUid]: project.metadata.uid ?? "",
    },
  };
}

/** Flux's tools group the objects of one tenant by this label: Namespaces and ServiceAccounts carry it. */
export const tenantLabel = ({ project }: Scope): Record<string, string> => ({
  [LABELS.tenant]: project.spec.projectId,
});
