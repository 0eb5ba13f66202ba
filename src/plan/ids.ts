import { deliveryName, deployerName, gitSecretName, repositoryName } from "../api/names.ts";
import type { Environment, ProjectGitOpsSpec } from "../api/schema.ts";
import type { ObjectId } from "./desired.ts";
import { environmentNamespace } from "./environments.ts";

/**
 * Every object that the spec can lead to, by name alone: what removal looks for when nothing can
 * be rendered any more, because the credential is gone or was never there.
 */
export function plannedIds(spec: ProjectGitOpsSpec): (ObjectId & { environment: string })[] {
  return spec.environments.flatMap((environment) =>
    environmentIds(spec, environment).map((id) => ({ ...id, environment: environment.name })),
  );
}

/**
 * Whether any spec of this project can lead to an object of this kind and name (rule 1): what a tenant has copied
 * from ours, labels and all, is not ours. A Secret of any name may be an image pull Secret.
 */
export function canBePlanned(projectId: string, { kind, name }: ObjectId): boolean {
  switch (kind) {
    case "Namespace":
    case "Secret":
      return true;
    case "ServiceAccount":
    case "RoleBinding":
      return name === deployerName(projectId);
    case "GitRepository":
      return name === repositoryName(projectId);
    case "Kustomization":
    case "HelmRelease":
      return name.startsWith(deliveryName(projectId, ""));
  }
}

function environmentIds(spec: ProjectGitOpsSpec, environment: Environment): ObjectId[] {
  const { projectId, git } = spec;
  const namespace = environmentNamespace(spec, environment);
  return [
    { kind: "Namespace", namespace: "", name: namespace },
    ...(git.credential ? [{ kind: "Secret", namespace, name: gitSecretName(projectId) } as const] : []),
    ...(environment.imagePullSecrets ?? []).map(({ name }) => ({ kind: "Secret", namespace, name }) as const),
    { kind: "ServiceAccount", namespace, name: deployerName(projectId) },
    { kind: "RoleBinding", namespace, name: deployerName(projectId) },
    { kind: "GitRepository", namespace, name: repositoryName(projectId) },
    {
      kind: environment.delivery ? "HelmRelease" : "Kustomization",
      namespace,
      name: deliveryName(projectId, environment.name),
    },
  ];
}
