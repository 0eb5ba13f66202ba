import { namespaceName } from "../api/names.ts";
import type { DeletionPolicy, Environment, GitRef, ProjectGitOpsSpec } from "../api/schema.ts";

/** Defaults that depend on a sibling field, decided here and not in the schema (DESIGN section 1). */

export const environmentNamespace = (spec: ProjectGitOpsSpec, environment: Environment): string =>
  environment.namespace ?? namespaceName(spec.projectId, environment.name);

/** A stored default would lock people in: 422 on their next apply of another member of the one-of. */
export const environmentRef = (spec: ProjectGitOpsSpec, environment: Environment): GitRef => {
  const ref = environment.ref ?? spec.git.ref ?? {};
  return Object.keys(ref).length === 0 ? { branch: "main" } : ref;
};

export const environmentPath = (environment: Environment): string =>
  environment.path ?? `./k8s/overlays/${environment.name}`;

export const environmentDeletionPolicy = (
  spec: ProjectGitOpsSpec,
  environment: Environment,
): DeletionPolicy => environment.deletionPolicy ?? spec.deletionPolicy ?? "Delete";
