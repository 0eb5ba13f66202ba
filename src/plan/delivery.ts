import type { Manifest } from "./desired.ts";
import { helmRelease } from "./helm-release.ts";
import { kustomization } from "./kustomization.ts";
import type { Scope } from "./scope.ts";

/** The Flux object that deploys: a HelmRelease where the spec asks for one, else a Kustomization. */
export const deliveryOf = (scope: Scope): Manifest => {
  const helm = scope.environment.delivery?.helm;
  return helm ? helmRelease(scope, helm) : kustomization(scope);
};
