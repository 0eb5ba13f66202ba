/** A manifest in the form of a command that also works when it is pasted with an indentation. */
export const applied = (yaml: string): string => `kubectl apply -f - <<< '\n${yaml.trim()}\n'`;

export interface Rule {
  readonly group: string;
  readonly resource: string;
}

/** What Flux does with an object: look, apply, wait, prune. */
const VERBS = "[get, list, watch, create, update, patch, delete]";

/** A Role with the missing rule, and a RoleBinding that gives it to the deployer. */
export function roleFor(deployer: { namespace: string; name: string }, { group, resource }: Rule): string {
  const { namespace, name } = deployer;
  const role = [name, resource.replaceAll("/", "."), group].filter(Boolean).join("-");
  return applied(`
apiVersion: v1
kind: List
items:
- apiVersion: rbac.authorization.k8s.io/v1
  kind: Role
  metadata: {namespace: ${namespace}, name: ${role}}
  rules:
  - apiGroups: ["${group}"]
    resources: ["${resource}"]
    verbs: ${VERBS}
- apiVersion: rbac.authorization.k8s.io/v1
  kind: RoleBinding
  metadata: {namespace: ${namespace}, name: ${role}}
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: ${role}}
  subjects:
  - {kind: ServiceAccount, namespace: ${namespace}, name: ${name}}`);
}

/** A ClusterRole with the rights of the built-in admin, in a namespace that it is bound in. */
export const roleLikeAdmin = (name: string): string =>
  applied(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}}
aggregationRule:
  clusterRoleSelectors:
  - matchLabels: {rbac.authorization.k8s.io/aggregate-to-admin: "true"}
rules: []`);
