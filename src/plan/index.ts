import { NO_DEFAULTS } from "../api/environment-defaults.ts";
import type { Environment, ProjectGitOps } from "../api/schema.ts";
import { deliveryOf } from "./delivery.ts";
import { type Desired, idOf, type Manifest } from "./desired.ts";
import { gitRepository } from "./git-repository.ts";
import { gitSecret } from "./git-secret.ts";
import { stricterOf } from "./guardrails.ts";
import { canonicalJson } from "./hash.ts";
import { limitRange } from "./limit-range.ts";
import { namespace } from "./namespace.ts";
import { networkPolicy } from "./network-policy.ts";
import { pullSecret } from "./pull-secret.ts";
import { resourceQuota } from "./resource-quota.ts";
import { roleBinding } from "./role-binding.ts";
import type { PlanInputs, Scope } from "./scope.ts";
import { serviceAccount } from "./service-account.ts";

export { type Beyond, beyond, beyondText } from "./beyond.ts";
export * from "./desired.ts";
export * from "./environments.ts";
export { stricter, stricterOf } from "./guardrails.ts";
export { canBePlanned, plannedIds } from "./ids.ts";
export * from "./kinds.ts";
export { levelsOf } from "./network-policy.ts";
export { withPodSecurity } from "./pod-security.ts";
export type { PlanInputs, Scope } from "./scope.ts";

/**
 * Every object that a project asks for, environment by environment, in the order in which
 * DESIGN section 1 lists them. Pure: credentials and settings come in as data.
 */
export function desiredObjects(project: ProjectGitOps, inputs: PlanInputs): Desired[] {
  return project.spec.environments.flatMap((environment) =>
    manifests({ project, environment, inputs }).map((manifest) => toDesired(environment, manifest)),
  );
}

function manifests(scope: Scope): Manifest[] {
  const { environment, inputs } = scope;
  const pullSecrets = (environment.imagePullSecrets ?? []).flatMap(({ name }) => {
    const payload = inputs.pullSecrets[name];
    return payload ? [pullSecret(scope, name, payload)] : [];
  });
  return [
    namespace(scope),
    ...(inputs.gitSecret ? [gitSecret(scope, inputs.gitSecret)] : []),
    ...pullSecrets,
    ...guardrails(scope),
    serviceAccount(scope),
    roleBinding(scope),
    gitRepository(scope),
    deliveryOf(scope),
  ];
}

function guardrails(scope: Scope): Manifest[] {
  const held = stricterOf(scope.inputs.environmentDefaults ?? NO_DEFAULTS, scope.environment);
  return [
    ...(held.resourceQuota ? [resourceQuota(scope, held.resourceQuota)] : []),
    ...(held.limitRange ? [limitRange(scope, held.limitRange)] : []),
    ...(held.networkPolicy ? [networkPolicy(scope, held.networkPolicy)] : []),
  ];
}

function toDesired(environment: Environment, manifest: Manifest): Desired {
  return {
    ...idOf(manifest),
    environment: environment.name,
    manifest,
    hash: String(Bun.hash(canonicalJson(manifest))),
  };
}
