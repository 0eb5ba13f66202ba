import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { ClusterRole, PolicyRule } from "kubernetes-types/rbac/v1";
import { PLACEHOLDER_IMAGE } from "../../../src/cli/manifests.ts";
import {
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  DEPLOYMENTS,
  LEASES,
  NAMESPACES,
  ROLE_BINDINGS,
} from "../../../src/kube/index.ts";
import { eventually, operatorToken } from "../../cluster/index.ts";
import { withKubeconfig } from "../cli-support.ts";
import { giveCredential, PROJECTS, projectObject, uniqueProject } from "../support/scope.ts";
import { setAvailable } from "./installation.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 90_000);
afterEach(async () => {
  await lab.stand();
  if (!lab.operator.running()) await lab.restart();
}, 30_000);
afterAll(() => lab.stop());

const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const OBJECT = "Deployment projectgitops-system/projectgitops";
const lease = () => ({ namespace: OPERATOR.namespace, name: `projectgitops-${lab.namespace}` });
const inSeconds = (seconds: number) => ({ now: () => Date.now() + seconds * 1000 });

/** What is found of the installation as the test left it. */
const findings = async (name = "", io = {}) => (await lab.diagnoseAsItIs(name, io)).findings;
const ids = async (name = "", io = {}) => (await findings(name, io)).map(({ id }) => id);

test("OperatorNotInstalled: found when there is no Deployment, no Lease and no project that was answered", async () => {
  await lab.operator.stop();
  await lab.admin.delete(DEPLOYMENTS, OPERATOR);
  await lab.admin.delete(LEASES, lease());
  const [first, ...others] = await findings();
  expect(first).toMatchObject({ id: "OperatorNotInstalled", severity: "error" });
  expect(others).toEqual([]);
  await lab.paste(first?.fix?.replace("YOUR_IMAGE", "localhost/operator:try"));
  expect(await ids()).toEqual(["OperatorNotRunning"]);
}, 30_000);

test("OperatorNotInstalled: found when it was uninstalled, though all projects were answered before", async () => {
  const name = await lab.project();
  await lab.operator.stop();
  await lab.admin.delete(DEPLOYMENTS, OPERATOR);
  expect(await ids(name)).toEqual(["OperatorNotInstalled"]);
}, 30_000);

test("OperatorNotInstalled: absent when somebody holds the Lease: then it runs outside", async () => {
  await lab.admin.delete(DEPLOYMENTS, OPERATOR);
  expect(await ids()).toEqual(["OperatorOutside"]);
});

test("OperatorOutside: found when only a Lease tells of an operator, as a note with its holder, with exit 0", async () => {
  await lab.admin.delete(DEPLOYMENTS, OPERATOR);
  const { healthy, findings } = await lab.diagnoseAsItIs("");
  const { holderIdentity } = (await lab.admin.get(LEASES, lease())).spec ?? {};
  expect(healthy).toBe(true);
  expect(findings[0]).toMatchObject({
    id: "OperatorOutside",
    severity: "info",
    evidence: `in no namespace, and ${holderIdentity} holds the Lease ${OPERATOR.namespace}/${lease().name}`,
  });
});

test("OperatorOutside: found when there is no Lease either and the projects have been answered", async () => {
  const name = await lab.project();
  await lab.operator.stop();
  await lab.admin.delete(LEASES, lease());
  await setAvailable(lab.admin, OPERATOR, 0);
  expect(await ids(name)).toEqual(["OperatorOutside"]);
  // Long after a change that nobody has answered it is nowhere.
  await lab.admin.patch(
    PROJECTS,
    { namespace: lab.namespace, name },
    { spec: { setup: { timeout: "20m" } } },
    { type: "merge" },
  );
  await lab.stand();
  await setAvailable(lab.admin, OPERATOR, 0);
  expect(await ids(name, inSeconds(70))).toEqual(["OperatorNotRunning"]);
}, 60_000);

test("OperatorOutside: absent when the Deployment's own Lease has run out", async () => {
  await lab.operator.stop();
  await setAvailable(lab.admin, OPERATOR, 0);
  expect(await ids()).toEqual(["OperatorNotRunning"]);
}, 30_000);

test("OperatorNotRunning: found when it is switched off, and its fix switches it on", async () => {
  await lab.operator.stop();
  await lab.admin.scale(DEPLOYMENTS, OPERATOR, 0);
  await setAvailable(lab.admin, OPERATOR, 0);
  const [first, ...others] = await findings();
  expect(first).toMatchObject({
    id: "OperatorNotRunning",
    object: OBJECT,
    what: "the operator is switched off",
  });
  expect(others).toEqual([]);
  await lab.paste(first?.fix);
  expect((await lab.admin.get(DEPLOYMENTS, OPERATOR)).spec?.replicas).toBe(1);
  await lab.restart();
  await setAvailable(lab.admin, OPERATOR, 1);
  expect(await ids()).toEqual([]);
}, 30_000);

test("OperatorNotRunning: found when no replica is available, and its fix can be pasted", async () => {
  await lab.operator.stop();
  await setAvailable(lab.admin, OPERATOR, 0);
  const [first] = await findings();
  expect(first).toMatchObject({ id: "OperatorNotRunning", what: "the operator does not run" });
  expect((await lab.paste(first?.fix)).stdout).toContain("projectgitops");
}, 30_000);

test("OperatorNotRunning: found when the image is still the placeholder of deploy/, and says so", async () => {
  await lab.operator.stop();
  await setAvailable(lab.admin, OPERATOR, 0);
  await lab.paste(
    `kubectl set image deployment/projectgitops -n projectgitops-system operator=${PLACEHOLDER_IMAGE}`,
  );
  const [first] = await findings();
  expect(first).toMatchObject({
    id: "OperatorNotRunning",
    what: "the operator does not run: its image is a placeholder",
  });
  await lab.paste(first?.fix?.replace("YOUR_IMAGE", "localhost/operator:try"));
  expect((await findings())[0]?.what).toBe("the operator does not run");
}, 30_000);

test("OperatorNotRunning: absent when one of two replicas is available", async () => {
  await lab.admin.scale(DEPLOYMENTS, OPERATOR, 2);
  expect(await ids()).toEqual([]);
});

test("OperatorHasNoLeader: found when the Lease was let go and nobody takes it", async () => {
  await lab.operator.stop();
  const [first, ...others] = await findings("", inSeconds(40));
  expect(first).toMatchObject({
    id: "OperatorHasNoLeader",
    object: `Lease ${OPERATOR.namespace}/${lease().name}`,
  });
  expect(first?.evidence).toStartWith("nobody holds it, last renewed ");
  expect(others).toEqual([]);
  await lab.paste(first?.fix);
  await lab.restart();
  await setAvailable(lab.admin, OPERATOR, 1);
  expect(await ids()).toEqual([]);
}, 30_000);

test("OperatorHasNoLeader: absent when the Lease changes hands at this moment", async () => {
  await lab.operator.stop();
  expect(await ids()).toEqual([]);
}, 30_000);

test("ProjectUnanswered: found when the operator looks at another namespace only", async () => {
  const namespace = "elsewhere";
  await lab.admin.createNamespace(namespace);
  await giveCredential({ admin: lab.admin, namespace });
  const name = uniqueProject();
  const { metadata } = await lab.admin.create(PROJECTS, projectObject(namespace, name));
  const later = await lab.typed(`diagnose ${name} -n ${namespace} -o json`, inSeconds(61));
  const [first, ...others] = JSON.parse(later.stdout).findings;
  expect(first).toMatchObject({
    id: "ProjectUnanswered",
    object: `ProjectGitOps ${namespace}/${name}`,
    evidence: "generation 1, the operator has seen none",
    cause: `${OBJECT} looks at namespace ${lab.namespace} only`,
    since: metadata.creationTimestamp,
  });
  expect(others).toEqual([]);
  await lab.admin.delete(PROJECTS, { namespace, name });
});

test("ProjectUnanswered: absent when the project was made a moment ago", async () => {
  const name = uniqueProject();
  await lab.admin.create(PROJECTS, projectObject("elsewhere", name));
  const { stdout } = await lab.typed(`diagnose ${name} -n elsewhere -o json`);
  expect(JSON.parse(stdout)).toEqual({ healthy: true, findings: [] });
  await lab.admin.delete(PROJECTS, { namespace: "elsewhere", name });
});

test("OperatorPermissionsMissing: found when a rule is gone, and goes with its fix", async () => {
  await withoutRule("projectgitops/status");
  const [first, ...others] = await untilFound("OperatorPermissionsMissing");
  expect(first).toMatchObject({
    object: "ServiceAccount projectgitops-system/projectgitops",
    what: "the operator may not patch projectgitops/status.projectgitops.dev",
  });
  expect(others).toEqual([]);
  // The operator itself asks for itself.
  const own = await withKubeconfig((await operatorToken(lab.cluster)).kubeconfigPath)("check -o json");
  const told = (JSON.parse(own.stdout) as { findings: { id: string; what: string }[] }).findings;
  expect(told.find(({ id }) => id === "OperatorPermissionsMissing")?.what).toBe(first?.what as string);
  await lab.paste(first?.fix);
  await lab.stand();
  await eventually(async () => (await ids()).length === 0, { description: "nothing is found" });
}, 60_000);

test("OperatorPermissionsMissing: found when nothing binds the role, by the right to the Lease too", async () => {
  const ref = { namespace: OPERATOR.namespace, name: "projectgitops-leader-election" };
  await lab.admin.delete(ROLE_BINDINGS, ref);
  const [first] = await untilFound("OperatorPermissionsMissing");
  expect(first?.what).toBe(
    "the operator may not get leases.coordination.k8s.io in namespace projectgitops-system, and lacks 2 more rights",
  );
  await lab.paste(first?.fix);
  await eventually(async () => (await ids()).length === 0, { description: "nothing is found" });
}, 60_000);

test("OperatorPermissionsMissing: found when the Deployment names another ServiceAccount, and goes with its fix", async () => {
  const patch = { spec: { template: { spec: { serviceAccountName: "default" } } } };
  await lab.admin.patch(DEPLOYMENTS, OPERATOR, patch, { type: "merge" });
  const [first] = await findings();
  expect(first).toMatchObject({
    id: "OperatorPermissionsMissing",
    object: "ServiceAccount projectgitops-system/default",
  });
  await lab.paste(first?.fix);
  expect(await ids()).toEqual([]);
});

test("OperatorPermissionsMissing: absent when another role holds the rule", async () => {
  const rule = await withoutRule("projectgitops/status");
  await untilFound("OperatorPermissionsMissing");
  await bind("test-other-role", [rule]);
  await eventually(async () => (await ids()).length === 0, { description: "nothing is found" });
});

const SECOND = { namespace: "second", name: "projectgitops" };

test("TwoInstallations: found when another Deployment looks at all namespaces, and its fix removes that one", async () => {
  await standSecond(["run", "--leader-elect", "--lease-namespace=second"], {
    "meta.helm.sh/release-name": "pgops",
    "meta.helm.sh/release-namespace": "second",
  });
  const told = (await findings()).find(({ id }) => id === "TwoInstallations");
  expect(told).toMatchObject({
    severity: "error",
    object: "Deployment second/projectgitops",
    what: `2 operators work on the same projects: ${OBJECT}, Deployment second/projectgitops`,
    evidence: `${OBJECT}: namespace ${lab.namespace}, Lease ${OPERATOR.namespace}/${lease().name}; Deployment second/projectgitops: all namespaces, Lease second/projectgitops`,
    cause: expect.stringContaining("nothing keeps them from acting at the same time"),
    fix: "helm uninstall pgops -n second",
  });
  await standSecond(["run", "--leader-elect", `--namespace=${lab.namespace}`]);
  const shared = (await findings()).find(({ id }) => id === "TwoInstallations");
  expect(shared?.cause).toStartWith("they share one Lease, so one of them stands by: ");
  await lab.paste(shared?.fix);
  expect(await ids()).toEqual([]);
}, 30_000);

test("TwoInstallations: absent when each has a namespace of its own, when one has two replicas, and when one is switched off", async () => {
  await standSecond(["run", "--leader-elect", "--namespace=elsewhere"]);
  expect(await ids()).not.toContain("TwoInstallations");
  const { stdout } = await lab.typed("check");
  expect(stdout).toContain(`2 operators: each has a namespace of its own: ${lab.namespace}, elsewhere`);
  await standSecond(["run", "--leader-elect"]);
  expect(await ids()).toContain("TwoInstallations");
  await lab.admin.scale(DEPLOYMENTS, SECOND, 0);
  expect(await ids()).not.toContain("TwoInstallations");
  await lab.admin.delete(DEPLOYMENTS, SECOND);
  await lab.admin.scale(DEPLOYMENTS, OPERATOR, 2);
  expect(await ids()).toEqual([]);
}, 30_000);

/** Another operator's Deployment, with these arguments of `run`. */
async function standSecond(args: string[], annotations: Record<string, string> = {}): Promise<void> {
  const labels = { "app.kubernetes.io/name": "projectgitops" };
  const spec = { containers: [{ name: "operator", image: "projectgitops:0.1.0", args }] };
  const apply = { fieldManager: "test-second", force: true };
  await lab.admin.apply(NAMESPACES, { metadata: { name: SECOND.namespace } }, apply);
  await lab.admin.apply(
    DEPLOYMENTS,
    {
      metadata: { ...SECOND, labels, annotations },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
    apply,
  );
  await setAvailable(lab.admin, SECOND, 1);
}

/** Takes the rule for this resource out of the operator's ClusterRole. */
async function withoutRule(resource: string): Promise<PolicyRule> {
  const role = await lab.admin.get(CLUSTER_ROLES, { name: "projectgitops" });
  const rules = (role.rules ?? []).filter(({ resources }) => !resources?.includes(resource));
  await lab.admin.replace(CLUSTER_ROLES, { ...role, rules });
  return role.rules?.find(({ resources }) => resources?.includes(resource)) as PolicyRule;
}

async function bind(name: string, rules: PolicyRule[]): Promise<void> {
  await lab.admin.create(CLUSTER_ROLES, { metadata: { name }, rules } satisfies ClusterRole);
  await lab.admin.create(CLUSTER_ROLE_BINDINGS, {
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", ...OPERATOR }],
  });
}

/** The API server's authoriser lags a little behind its roles. */
const untilFound = (id: string) =>
  eventually(
    async () => {
      const found = await findings();
      return found[0]?.id === id ? found : undefined;
    },
    { description: `${id} is found` },
  );
