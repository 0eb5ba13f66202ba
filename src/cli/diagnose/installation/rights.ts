import type { PolicyRule } from "kubernetes-types/rbac/v1";
import type { Access } from "../../../kube/index.ts";

/** One action that somebody needs. */
export type Right = Access & { readonly group: string };

/** Each action that these rules allow, one by one. @param namespace of a Role; absent for a ClusterRole. Pure. */
export function rightsOf(rules: readonly PolicyRule[], namespace?: string): Right[] {
  return rules.flatMap(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((path) => {
        const [resource = "", subresource] = path.split("/");
        const where = { ...(subresource ? { subresource } : {}), ...(namespace ? { namespace } : {}) };
        const names = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ name }));
        return verbs.flatMap((verb) => names.map((name) => ({ verb, group, resource, ...where, ...name })));
      }),
    ),
  );
}

/** Whether these rules allow it, as RBAC reads them; `*` counts for all. Pure. */
export function isHeld(
  { verb, group, resource, subresource, name }: Right,
  rules: readonly PolicyRule[],
): boolean {
  const path = subresource ? `${resource}/${subresource}` : resource;
  return rules.some(
    (rule) =>
      has(rule.apiGroups, group) &&
      has(rule.resources, path) &&
      has(rule.verbs, verb) &&
      (!rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name))),
  );
}

/** `patch projectgitops/status.projectgitops.dev`. */
export function rightText({ verb, group, resource, subresource, namespace, name }: Right): string {
  const path = subresource ? `${resource}/${subresource}` : resource;
  const kind = group === "" ? path : `${path}.${group}`;
  return [verb, kind, name, namespace && `in namespace ${namespace}`].filter(Boolean).join(" ");
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list?.some((entry) => entry === value || entry === "*") === true;
