import type { LimitRangeLimits } from "../api/guardrails.ts";
import { limitRangeName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** What each container, Pod or volume claim of an environment may be, and what a container gets that asks for nothing. */
export const limitRange = (scope: Scope, { limits }: LimitRangeLimits): Manifest => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: managedMetadata(scope, limitRangeName(scope.project.spec.projectId)),
  spec: { limits },
});
