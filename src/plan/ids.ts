import { type EnvironmentDefaults, NO_DEFAULTS } from "../api/environment-defaults.ts";
import {
  deliveryName,
  deployerName,
  gitSecretName,
  limitRangeName,
  networkPolicyName,
  quotaName,
  repositoryName,
} from "../api/names.ts";
import type { Environment, ProjectGitOpsSpec } from "../api/schema.ts";
import type { ObjectId } from "./desired.ts";
import { environmentNamespace } from "./environments.ts";
import { stricterOf } from "./guardrails.ts";

/**
 * Every object that the spec can lead to, by name alone: what removal looks for when nothing can
 * be rendered any more, because the credential is gone or was never there.
 * @param defaults the operator's, where they are known: they may ask for more than the spec
 */
export function plannedIds(
  spec: ProjectGitOpsSpec,
  defaults: EnvironmentDefaults = NO_DEFAULTS,
): (ObjectId & { environment: string })[] {
  return spec.environments.flatMap((environment) =>
    environmentIds(spec, environment, defaults).map((id) => ({ ...id, environment: environment.name })),
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
    case "ResourceQuota":
      return name === quotaName(projectId);
    case "LimitRange":
      return name === limitRangeName(projectId);
    case "NetworkPolicy":
      return name === networkPolicyName(projectId);
    case "GitRepository":
      return name === repositoryName(projectId);
    case "Kustomization":
    case "HelmRelease":
      return name.startsWith(deliveryName(projectId, ""));
  }
}

function environmentIds(
  spec: ProjectGitOpsSpec,
  environment: Environment,
  defaults: EnvironmentDefaults,
): ObjectId[] {
  const { projectId, git } = spec;
  const held = stricterOf(defaults, environment);
  const namespace = environmentNamespace(spec, environment);
  return [
    { kind: "Namespace", namespace: "", name: namespace },
    ...(git.credential ? [{ kind: "Secret", namespace, name: gitSecretName(projectId) } as const] : []),
    ...(environment.imagePullSecrets ?? []).map(({ name }) => ({ kind: "Secret", namespace, name }) as const),
    ...(held.resourceQuota
      ? [{ kind: "ResourceQuota", namespace, name: quotaName(projectId) } as const]
      : []),
    ...(held.limitRange ? [{ kind: "LimitRange", namespace, name: limitRangeName(projectId) } as const] : []),
    ...(held.networkPolicy
      ? [{ kind: "NetworkPolicy", namespace, name: networkPolicyName(projectId) } as const]
      : []),
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
