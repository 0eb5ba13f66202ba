import { afterAll, beforeAll, expect, test } from "bun:test";
import { CLUSTER_ROLES, RESOURCE_QUOTAS } from "../../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { deny } from "../support/policy.ts";
import { startQuotaController } from "../support/quota.ts";
import { condition, untilPhase } from "../support/scope.ts";
import { registerWebhook, serveNo } from "../support/webhook.ts";
import { type Lab, openLab } from "./lab.ts";
import { applyAs, homeOf, mendedBy, ONE, openElsewhere, uniqueProject, untilReason } from "./support.ts";

let lab: Lab;
let quotas: Awaited<ReturnType<typeof startQuotaController>>;
beforeAll(async () => {
  lab = await openLab();
  quotas = await startQuotaController(lab);
}, 90_000);
afterAll(async () => {
  await quotas.kill();
  await lab.stop();
});

/** A Namespace for adoption with a quota that the controller has counted. */
async function limitedNamespace(project: string, hard: Record<string, string>): Promise<string> {
  const namespace = uniqueProject();
  const labels = { "projectgitops.dev/adopt": project };
  await lab.admin.createNamespace({ metadata: { name: namespace, labels } });
  const quota = { namespace, name: "compute" };
  await lab.admin.create(RESOURCE_QUOTAS, { metadata: quota, spec: { hard } });
  await eventually(
    async () => (await lab.admin.get(RESOURCE_QUOTAS, quota)).status?.used?.["count/serviceaccounts"],
    { description: "the quota is counted", deadlineMs: 30_000 },
  );
  return namespace;
}

test("QuotaExceeded: found when a quota leaves no room for the deployer, and goes when it is raised", async () => {
  const name = uniqueProject();
  // The ServiceAccount `default` is there already.
  const namespace = await limitedNamespace(name, { "count/serviceaccounts": "1" });
  await applyAs(lab, name, { environments: [{ name: "development", namespace }] });
  await untilReason(lab, name, "QuotaExceeded");
  const first = await lab.first(name, "QuotaExceeded");
  expect(first).toMatchObject({ severity: "error", object: `ResourceQuota ${namespace}/compute` });
  expect(first.evidence).toBe("count/serviceaccounts: 1 used of 1");
  expect(first.fix).toContain(`kubectl patch resourcequota compute -n ${namespace}`);
  expect(await lab.ids(name)).toEqual(["QuotaExceeded"]);
  await lab.paste(first.fix);
  await eventually(
    // The controller takes a moment to count anew: a person would type the second line again.
    async () => {
      await lab.paste(first.fix?.split("\n")[1]);
      return !(await lab.ids(name)).includes("QuotaExceeded");
    },
    { description: "the quota has room", deadlineMs: 30_000, everyMs: 1000 },
  );
}, 90_000);

test("QuotaExceeded: absent when a quota is used up and nothing has to be made", async () => {
  const name = uniqueProject();
  const namespace = await limitedNamespace(name, { "count/serviceaccounts": "2" });
  await applyAs(lab, name, { environments: [{ name: "development", namespace }] });
  await untilPhase(lab, name, "COMPLETED");
  await eventually(
    async () => {
      const { status } = await lab.admin.get(RESOURCE_QUOTAS, { namespace, name: "compute" });
      return status?.used?.["count/serviceaccounts"] === status?.hard?.["count/serviceaccounts"];
    },
    { description: "the quota is used up", deadlineMs: 30_000 },
  );
  expect(await lab.ids(name)).toEqual([]);
}, 60_000);

test("PolicyDenies: found when a policy refuses the deployer, and goes when its binding only audits", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "ServiceAccount" });
  await applyAs(lab, name);
  await untilReason(lab, name, "Forbidden");
  const first = await lab.first(name, "PolicyDenies");
  expect(first.object).toMatch(/^ValidatingAdmissionPolicy deny-/);
  expect(first.what).toContain(`does not allow ServiceAccount ${homeOf(name)}/${name}-deployer`);
  expect(first.evidence).toBe("ServiceAccount objects are not allowed here");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await lab.paste(`export KUBE_EDITOR="sed -i 's/- Deny/- Audit/'"\n${first.fix}`);
  await eventually(
    // The API server takes a moment to hear of it.
    async () => {
      await lab.paste(first.fix?.split("\n")[1]);
      return (await lab.ids(name)).length === 0;
    },
    { description: "nothing is found", deadlineMs: 30_000, everyMs: 1000 },
  );
  await allow();
}, 90_000);

test("PolicyDenies: found with a pass as its fix when the policy is gone and the operator does not know yet", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "RoleBinding" });
  await applyAs(lab, name);
  await untilReason(lab, name, "Forbidden");
  // Back-off: the next try is far enough away only after some of them.
  await lab.operator.stop();
  await allow();
  const first = await lab.first(name, "PolicyDenies");
  expect(first.fix).toBe(`projectgitops reconcile ${name} -n ${lab.namespace}`);
  await lab.restart();
  await mendedBy(lab, name, first.fix);
}, 90_000);

test("PolicyDenies: found alone when what it refuses was there before, and nobody can make it again", async () => {
  const name = await lab.project(ONE);
  const allow = await deny(lab, { projectId: name, kind: "Kustomization" });
  const delivery = { namespace: homeOf(name), name: `${name}-development` };
  await lab.admin.delete(resourceOf("Kustomization"), delivery);
  await untilReason(lab, name, "Forbidden");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await allow();
}, 60_000);

test("PolicyDenies: absent when a webhook says no with the same code", async () => {
  const name = uniqueProject();
  const no = serveNo(lab, "no deployers on Sundays");
  const webhook = await registerWebhook(lab, { projectId: name, kind: "ServiceAccount", ...no });
  await applyAs(lab, name);
  await eventually(() => no.asked() > 0, { description: "the webhook was asked" });
  await eventually(async () => (await lab.ids(name)).includes("WebhookDenies"), {
    description: "it is found",
  });
  expect(await lab.ids(name)).toEqual(["WebhookDenies"]);
  await webhook.remove();
  await no.stop();
}, 60_000);

test("WebhookDenies: found when a webhook says no, and goes when it is no longer registered", async () => {
  const name = uniqueProject();
  const no = serveNo(lab, "no deployers on Mondays");
  const webhook = await registerWebhook(lab, { projectId: name, kind: "ServiceAccount", ...no });
  await applyAs(lab, name);
  const first = await eventually(() => lab.first(name, "WebhookDenies"), {
    description: "it is found",
    deadlineMs: 20_000,
  });
  expect(first.object).toBe(`ValidatingWebhookConfiguration ${webhook.name}`);
  expect(first.what).toContain(`does not allow ServiceAccount ${homeOf(name)}/${name}-deployer`);
  expect(first.evidence).toBe("no deployers on Mondays");
  await lab.paste(`export KUBE_EDITOR="sed -i 's/- CREATE/- DELETE/'"\n${first.fix}`);
  await eventually(
    async () => {
      await lab.paste(first.fix?.split("\n")[1]);
      return (await lab.ids(name)).length === 0;
    },
    { description: "nothing is found", deadlineMs: 30_000, everyMs: 1000 },
  );
  await webhook.remove();
  await no.stop();
}, 60_000);

test("WebhookDenies: absent when nobody is there to say anything: WebhookNotAnswering", async () => {
  const name = uniqueProject();
  const clientConfig = { service: { namespace: "default", name: "left-behind" } };
  const webhook = await registerWebhook(lab, { projectId: name, kind: "Secret", clientConfig });
  await applyAs(lab, name);
  await eventually(() => lab.admin.namespaceExists(homeOf(name)), { description: "the set-up has begun" });
  expect(await lab.ids(name)).toEqual(["WebhookNotAnswering"]);
  await webhook.remove();
}, 60_000);

test("WebhookNotAnswering: found when a webhook's Service was uninstalled, and goes with what was left behind", async () => {
  const name = uniqueProject();
  const clientConfig = { service: { namespace: "default", name: "left-behind" } };
  const webhook = await registerWebhook(lab, { projectId: name, kind: "Namespace", clientConfig });
  await applyAs(lab, name);
  const first = await lab.first(name, "WebhookNotAnswering");
  expect(first).toMatchObject({
    severity: "error",
    object: `ValidatingWebhookConfiguration ${webhook.name}`,
    evidence: "Service default/left-behind does not exist; failurePolicy is Fail",
  });
  await mendedBy(lab, name, first.fix);
}, 60_000);

test("WebhookNotAnswering: found when no endpoint of its Service is ready", async () => {
  const name = uniqueProject();
  const service = { namespace: "default", name: uniqueProject() };
  await lab.admin.createService("default", {
    metadata: { name: service.name },
    spec: { ports: [{ port: 443 }] },
  });
  const webhook = await registerWebhook(lab, {
    projectId: name,
    kind: "Namespace",
    clientConfig: { service },
  });
  await applyAs(lab, name);
  const first = await lab.first(name, "WebhookNotAnswering");
  expect(first.evidence).toBe(
    `Service default/${service.name} has no endpoint that is ready; failurePolicy is Fail`,
  );
  await lab.paste(first.fix);
  await webhook.remove();
}, 60_000);

test("WebhookNotAnswering: absent when the API server may go on without it", async () => {
  const name = uniqueProject();
  const clientConfig = { service: { namespace: "default", name: "left-behind" } };
  await registerWebhook(lab, { projectId: name, kind: "Namespace", clientConfig, failurePolicy: "Ignore" });
  await applyAs(lab, name);
  await untilPhase(lab, name, "COMPLETED");
  expect(await lab.ids(name)).toEqual([]);
});

test("Forbidden: found when the operator may not hand out the deployer's role, and goes with the right that is named", async () => {
  const role = uniqueProject();
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "patch"] }];
  await lab.admin.create(CLUSTER_ROLES, { metadata: { name: role }, rules });
  const elsewhere = await openElsewhere(lab, uniqueProject(), ["--deployer-cluster-role", role]);
  try {
    const name = await applyAs(lab, uniqueProject(), ONE, elsewhere.namespace);
    const ref = { namespace: elsewhere.namespace, name };
    const reason = async () => condition(await lab.admin.get(PROJECTS, ref), "Ready")?.reason;
    await eventually(async () => (await reason()) === "Forbidden", { description: "it is refused" });
    const [first, ...others] = await elsewhere.findings(name);
    expect(first).toMatchObject({
      id: "Forbidden",
      object: "user system:serviceaccount:projectgitops-system:projectgitops",
    });
    expect(others).toEqual([]);
    expect(first?.what).toStartWith("the operator may not bind clusterroles.rbac.authorization.k8s.io");
    // The Deployment of this lab belongs to another operator, and tells its role.
    await lab.paste(first?.fix?.replaceAll("=admin", `=${role}`));
    await eventually(async () => (await reason()) !== "Forbidden", { description: "it goes on" });
    expect((await elsewhere.findings(name)).map(({ id }) => id)).not.toContain("Forbidden");
  } finally {
    await elsewhere.operator.stop();
  }
}, 90_000);

test("Forbidden: absent when a policy answers with 403", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "GitRepository" });
  await applyAs(lab, name);
  await untilReason(lab, name, "Forbidden");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await allow();
}, 60_000);

test("Invalid: found when a label of the Namespace is none that Pod Security knows", async () => {
  const metadata = { labels: { "pod-security.kubernetes.io/enforce": "relaxed" } };
  const name = await lab.apply({ environments: [{ name: "development", metadata }] });
  await untilReason(lab, name, "Invalid");
  const first = await lab.first(name, "Invalid");
  expect(first).toMatchObject({ severity: "error", object: `Namespace ${homeOf(name)}` });
  expect(first.evidence).toContain("pod-security.kubernetes.io/enforce");
  expect(await lab.ids(name)).toEqual(["Invalid"]);
  await mendedBy(
    lab,
    name,
    `export KUBE_EDITOR="sed -i 's/enforce: relaxed/enforce: baseline/'"\n${first.fix}`,
  );
}, 60_000);

test("Invalid: absent when a policy has chosen that code for its no", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "ServiceAccount", reason: "Invalid" });
  await applyAs(lab, name);
  await untilReason(lab, name, "Invalid");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await allow();
}, 60_000);
