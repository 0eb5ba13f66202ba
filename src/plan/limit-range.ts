import type { LimitRangeItem, LimitRangeLimits } from "../api/guardrails.ts";
import { limitRangeName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** What each container, Pod or volume claim of an environment may be, and what a container gets that asks for nothing. */
export const limitRange = (scope: Scope, { limits }: LimitRangeLimits): Manifest => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: managedMetadata(scope, limitRangeName(scope.project.spec.projectId)),
  spec: { limits: limits.map(filledIn) },
});

/**
 * With the defaults that the API server gives a container's limits, so that the list can be compared as a whole: in a
 * list that is atomic nothing else tells that a field was dropped. Source: k8s.io/kubernetes, SetDefaults_LimitRangeItem.
 */
export function filledIn(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== "Container") return item;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  return {
    ...item,
    ...(Object.keys(limits).length > 0 ? { default: limits } : {}),
    ...(Object.keys(requests).length > 0 ? { defaultRequest: requests } : {}),
  };
}
