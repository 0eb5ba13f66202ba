import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Finding } from "../../../src/cli/finding.ts";
import { CLUSTER_ROLES, ROLE_BINDINGS, SERVICE_ACCOUNTS } from "../../../src/kube/index.ts";
import type { ManagedKind } from "../../../src/plan/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { withKubeconfig } from "../cli-support.ts";
import { untilReady } from "../support/flux.ts";
import { find, need, untilProject } from "../support/scope.ts";
import { deliverySays, deployerOf, mendedBy, namespaceOf, only, STAGING } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";
import { paste } from "./paste.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

/** Words of Flux and of the API server, as measured. */
const cannot = (
  name: string,
  resource: string,
  group = "",
  where = `in the namespace "${namespaceOf(name)}"`,
) => `User "${deployerOf(name)}" cannot patch resource "${resource}" in API group "${group}" ${where}\n`;
const noQuota = (name: string): string =>
  `ResourceQuota/${namespaceOf(name)}/q dry-run failed (Forbidden): resourcequotas "q" is forbidden: ${cannot(name, "resourcequotas")}`;
const noConfigMap = (name: string): string =>
  `ConfigMap/${namespaceOf(name)}/app dry-run failed (Forbidden): configmaps "app" is forbidden: ${cannot(name, "configmaps")}`;

const says = (name: string, message: string) =>
  deliverySays(lab, name, { reason: "ReconciliationFailed", message });

async function suspended(): Promise<string> {
  const name = await lab.project(STAGING);
  const ref = { namespace: lab.namespace, name };
  await lab.admin.patch(PROJECTS, ref, { spec: { suspend: true } }, { type: "merge" });
  await untilProject(
    lab,
    name,
    ({ status, metadata }) => status?.observedGeneration === metadata.generation,
    "is suspended",
  );
  return name;
}

/** Types the fix, and waits until the operator has made the object again: it looks for what is gone at its resync. */
async function putBack(name: string, kind: ManagedKind, { fix }: Finding): Promise<void> {
  await paste(lab.cluster, fix);
  const id = { kind, namespace: namespaceOf(name), name: `${name}-deployer` };
  await eventually(() => find(lab.admin, id), { description: `the ${kind} is made again` });
  await untilReady(lab, name);
  expect(await lab.ids(name)).toEqual([]);
}

/** What is found beside the suspension that keeps the operator from putting it right. */
async function beside(name: string) {
  const { findings } = await lab.diagnose(name);
  return findings.filter(({ id }) => !/Suspended/.test(id));
}

test("DeployerForbidden: found when the deployer's role lacks a rule, which the fix adds for Flux's next try", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  const finding = await only(lab, name, "DeployerForbidden");
  expect(finding.what).toBe("staging is not deployed: its deployer may not patch resourcequotas");
  expect(finding.evidence).toBe(
    `the API server says: User "${deployerOf(name)}" cannot patch resource "resourcequotas" in API group "" in the namespace "${namespaceOf(name)}"`,
  );
  expect(finding.cause).toContain(
    'ClusterRole admin has no such rule: apiGroups [""], resources ["resourcequotas"]',
  );
  await mendedBy(lab, name, finding);
  const may = await paste(
    lab.cluster,
    `kubectl auth can-i patch resourcequotas -n ${namespaceOf(name)} --as ${deployerOf(name)}`,
  );
  expect(may.stdout.trim()).toBe("yes");
}, 60_000);

test("DeployerForbidden: absent when the RoleBinding is missing, so that everything is forbidden", async () => {
  const name = await suspended();
  await says(name, noConfigMap(name));
  await lab.admin.delete(ROLE_BINDINGS, { namespace: namespaceOf(name), name: `${name}-deployer` });
  expect((await beside(name)).map(({ id }) => id)).toEqual(["DeployerNotBound"]);
}, 60_000);

test("The Role can be pasted from what a person reads, with its indentation", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  const typed = withKubeconfig(lab.cluster.kubeconfigPath);
  const { stdout } = await typed(`diagnose ${name} -n ${lab.namespace}`);
  const [, copied = ""] = /(kubectl apply[\s\S]*?)\n +projectgitops reconcile/.exec(stdout) ?? [];
  expect(copied).toContain("\n                  apiVersion: v1\n");
  await paste(lab.cluster, copied);
  await only(lab, name, "RetryPending");
}, 60_000);

test("RetryPending: found when the deployer has the right by now, and Flux has not tried again", async () => {
  const name = await lab.project(STAGING);
  await says(name, noConfigMap(name));
  await mendedBy(lab, name, await only(lab, name, "RetryPending"));
}, 60_000);

test("RetryPending: absent when the right is still missing", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  await only(lab, name, "DeployerForbidden");
}, 60_000);

test("ClusterScopedObject: found when the repository holds a CRD", async () => {
  const name = await lab.project(STAGING);
  const where = "at the cluster scope";
  await says(
    name,
    `CustomResourceDefinition/widgets.acme.dev dry-run failed (Forbidden): customresourcedefinitions.apiextensions.k8s.io "widgets.acme.dev" is forbidden: ${cannot(name, "customresourcedefinitions", "apiextensions.k8s.io", where)}`,
  );
  const finding = await only(lab, name, "ClusterScopedObject");
  expect(finding.object).toBe("CustomResourceDefinition widgets.acme.dev");
  await mendedBy(lab, name, finding);
}, 60_000);

test("ClusterScopedObject: found when it holds a Namespace, though the refusal speaks of a namespace", async () => {
  const name = await lab.project(STAGING);
  const namespace = namespaceOf(name);
  await says(
    name,
    `Namespace/${namespace} dry-run failed (Forbidden): namespaces "${namespace}" is forbidden: ${cannot(name, "namespaces")}`,
  );
  const finding = await only(lab, name, "ClusterScopedObject");
  expect(finding.what).toBe(
    "staging is not deployed: the repository holds a Namespace, and the operator makes those",
  );
  expect(finding.fix).not.toContain("Role");
}, 60_000);

test("ClusterScopedObject: absent when the object stands in the namespace, where a Role helps", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  const { fix } = await only(lab, name, "DeployerForbidden");
  expect(fix).toContain("kind: Role");
}, 60_000);

test("OtherNamespace: found when a manifest names another namespace and targetNamespace is off", async () => {
  const name = await lab.project({ environments: [{ name: "staging", targetNamespace: false }] });
  await says(
    name,
    `ConfigMap/kube-public/app dry-run failed (Forbidden): configmaps "app" is forbidden: ${cannot(name, "configmaps", "", 'in the namespace "kube-public"')}`,
  );
  const finding = await only(lab, name, "OtherNamespace");
  expect(finding.what).toContain("ConfigMap app is for the namespace kube-public");
  await mendedBy(lab, name, finding);
}, 60_000);

test("OtherNamespace: absent when it is the environment's own namespace", async () => {
  const name = await lab.project({ environments: [{ name: "staging", targetNamespace: false }] });
  await says(name, noQuota(name));
  await only(lab, name, "DeployerForbidden");
}, 60_000);

test("RoleGrantsTooMuch: found when a Role of the repository gives more than the deployer has", async () => {
  const name = await lab.project(STAGING);
  await says(
    name,
    `Role/${namespaceOf(name)}/r dry-run failed (Forbidden): roles.rbac.authorization.k8s.io "r" is forbidden: user "${deployerOf(name)}" (groups=["system:serviceaccounts" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}\n`,
  );
  const finding = await only(lab, name, "RoleGrantsTooMuch");
  expect(finding.evidence).toContain('{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}');
  await mendedBy(lab, name, finding);
}, 60_000);

test("RoleGrantsTooMuch: absent when the deployer may not write that kind at all", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  await only(lab, name, "DeployerForbidden");
}, 60_000);

test("DeployerMissing: found when the ServiceAccount is gone while the operator may not put it right", async () => {
  const name = await suspended();
  const ref = { namespace: namespaceOf(name), name: `${name}-deployer` };
  await lab.admin.delete(SERVICE_ACCOUNTS, ref);
  const [finding, ...others] = await beside(name);
  expect([finding?.id, finding?.object, others]).toEqual([
    "DeployerMissing",
    `ServiceAccount ${ref.namespace}/${ref.name}`,
    [],
  ]);
  await putBack(name, "ServiceAccount", finding as NonNullable<typeof finding>);
}, 60_000);

test("DeployerMissing: absent when it stands and its RoleBinding is gone", async () => {
  const name = await suspended();
  await lab.admin.delete(ROLE_BINDINGS, { namespace: namespaceOf(name), name: `${name}-deployer` });
  expect((await beside(name)).map(({ id }) => id)).toEqual(["DeployerNotBound"]);
}, 60_000);

test("DeployerNotBound: found when the RoleBinding is gone, and when it names somebody else", async () => {
  const name = await suspended();
  const ref = { namespace: namespaceOf(name), name: `${name}-deployer` };
  const subjects = [{ kind: "ServiceAccount", name: "default", namespace: ref.namespace }];
  await lab.admin.patch(ROLE_BINDINGS, ref, { subjects }, { type: "merge" });
  const [other] = await beside(name);
  expect([other?.id, other?.evidence]).toEqual([
    "DeployerNotBound",
    `its subjects are ServiceAccount default, and not ServiceAccount ${ref.namespace}/${ref.name}`,
  ]);
  await lab.admin.delete(ROLE_BINDINGS, ref);
  const [gone] = await beside(name);
  expect([gone?.id, gone?.what]).toEqual([
    "DeployerNotBound",
    "the deployer of staging has no rights: its RoleBinding is missing",
  ]);
  await putBack(name, "RoleBinding", gone as NonNullable<typeof gone>);
}, 60_000);

test("DeployerNotBound: absent when it is bound to a role without the rule", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  await only(lab, name, "DeployerForbidden");
}, 60_000);

test("DeployerRoleMissing: found when the ClusterRole of the RoleBinding does not exist, which the fix makes", async () => {
  const name = await suspended();
  const ref = { namespace: namespaceOf(name), name: `${name}-deployer` };
  const live = await need(lab.admin, "RoleBinding", ref.namespace, ref.name);
  await lab.admin.delete(ROLE_BINDINGS, ref);
  const { labels = {}, annotations = {} } = live.metadata;
  await lab.admin.create(ROLE_BINDINGS, {
    metadata: { ...ref, labels, annotations },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: `deploys-${name}` },
    subjects: [{ kind: "ServiceAccount", name: ref.name, namespace: ref.namespace }],
  });
  await says(name, noConfigMap(name));
  const [finding, ...others] = await beside(name);
  expect([finding?.id, finding?.object, others]).toEqual([
    "DeployerRoleMissing",
    `ClusterRole deploys-${name}`,
    [],
  ]);
  const [manifest] = (finding?.fix ?? "").split("\nprojectgitops ");
  await paste(lab.cluster, manifest);
  const { rules } = await eventually(
    async () => {
      const role = await lab.admin.get(CLUSTER_ROLES, { name: `deploys-${name}` });
      return (role.rules?.length ?? 0) > 0 && role;
    },
    { description: "it has the rules of admin" },
  );
  expect(JSON.stringify(rules)).toContain("configmaps");
  expect((await beside(name)).map(({ id }) => id)).not.toContain("DeployerRoleMissing");
}, 60_000);

test("DeployerRoleMissing: absent when the role exists and lacks a rule", async () => {
  const name = await lab.project(STAGING);
  await says(name, noQuota(name));
  await only(lab, name, "DeployerForbidden");
}, 60_000);
