import { afterAll, beforeAll, expect, test } from "bun:test";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { condition, getProject, need, untilProject } from "../support/scope.ts";
import { deliverySays, deployerOf, mendedBy, namespaceOf, only, STAGING } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";
import { paste } from "./paste.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

/** A Ready project of which Flux then says that it cannot apply. NS stands for its namespace. */
async function applyFails(message: string): Promise<string> {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, {
    reason: "ReconciliationFailed",
    message: message.replaceAll("NS", namespaceOf(name)).replaceAll("USER", deployerOf(name)),
  });
  return name;
}

const noMatch = (kind: string, apiVersion: string): string =>
  `${kind}/NS/x dry-run failed: no matches for kind "${kind}" in version "${apiVersion}"\n`;

test("UnknownKind: found when no CRD for it is installed", async () => {
  const name = await applyFails(noMatch("Certificate", "cert-manager.io/v1"));
  const finding = await only(lab, name, "UnknownKind");
  expect(finding.what).toBe(
    "staging is not deployed: the cluster knows no kind Certificate of cert-manager.io/v1",
  );
  expect(finding.cause).toContain("it comes with cert-manager");
  await mendedBy(lab, name, finding);
}, 60_000);

test("UnknownKind: found when the cluster serves another version, which is named", async () => {
  const name = await applyFails(noMatch("Deployment", "extensions/v1beta1"));
  const { what } = await only(lab, name, "UnknownKind");
  expect(what).toBe(
    "staging is not deployed: the cluster serves Deployment as apps/v1, not as extensions/v1beta1",
  );
}, 60_000);

test("UnknownKind: absent when the CRD has been installed since, and only Flux's next try is missing", async () => {
  const name = await applyFails(noMatch("GitRepository", "source.toolkit.fluxcd.io/v1"));
  await only(lab, name, "RetryPending");
}, 60_000);

const BAD_PORT = `Service/NS/x dry-run failed (Invalid): Service "x" is invalid: [spec.ports[0].port: Invalid value: 99999: must be between 1 and 65535, inclusive]\n`;
const IMMUTABLE = `Job/NS/migrate dry-run failed (Invalid): Job.batch "migrate" is invalid: spec.template: Invalid value: core.PodTemplateSpec{}: field is immutable\n`;

test("ObjectInvalid: found when a field has a value that the API server does not take", async () => {
  const name = await applyFails(BAD_PORT);
  const finding = await only(lab, name, "ObjectInvalid");
  expect(finding.what).toBe("staging is not deployed: Service x is not valid: spec.ports[0].port");
  await mendedBy(lab, name, finding);
}, 60_000);

test("ObjectInvalid: found when a field has another type, and its value is not told: it may be a Secret's", async () => {
  const name = await applyFails(
    `Secret/NS/x dry-run failed: failed to create typed patch object (NS/x; /v1, Kind=Secret): .stringData.pin: expected string, got &value.valueUnstructured{Value:271828}\n`,
  );
  const { what, evidence } = await only(lab, name, "ObjectInvalid");
  expect(what).toBe("staging is not deployed: Secret x is not valid: stringData.pin");
  expect(evidence).not.toContain("271828");
}, 60_000);

test("ObjectInvalid: absent when the manifest is valid and only cannot be changed in place", async () => {
  await only(lab, await applyFails(IMMUTABLE), "FieldImmutable");
}, 60_000);

test("FieldImmutable: found when a Job changes, and the fix deletes the old one", async () => {
  const name = await applyFails(IMMUTABLE);
  const finding = await only(lab, name, "FieldImmutable");
  const jobs = `kubectl create job migrate -n ${namespaceOf(name)} --image=shop:1`;
  await paste(lab.cluster, jobs);
  await mendedBy(lab, name, finding);
}, 60_000);

test("FieldImmutable: absent when a new object would be refused as well", async () => {
  await only(lab, await applyFails(BAD_PORT), "ObjectInvalid");
}, 60_000);

test("ObjectRefused: found when a quota has no room, and names it", async () => {
  const name = await applyFails(
    `ConfigMap/NS/app dry-run failed (Forbidden): configmaps "app" is forbidden: exceeded quota: small, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1\n`,
  );
  const finding = await only(lab, name, "ObjectRefused");
  expect(finding.what).toBe("staging is not deployed: ConfigMap app exceeds the quota small");
  await paste(lab.cluster, `kubectl create quota small -n ${namespaceOf(name)} --hard=count/configmaps=9`);
  await mendedBy(lab, name, finding);
}, 60_000);

test("ObjectRefused: found when a policy denies it", async () => {
  const name = await applyFails(
    `ConfigMap/NS/app dry-run failed (Forbidden): admission webhook "policy.acme.dev" denied the request: every object needs the label team\n`,
  );
  const finding = await only(lab, name, "ObjectRefused");
  expect(finding.evidence).toContain(
    'admission webhook "policy.acme.dev" denied the request: every object needs the label team',
  );
}, 60_000);

test("ObjectRefused: absent when it is the deployer's role that says no", async () => {
  const name = await applyFails(
    `ResourceQuota/NS/q dry-run failed (Forbidden): resourcequotas "q" is forbidden: User "USER" cannot patch resource "resourcequotas" in API group "" in the namespace "NS"\n`,
  );
  await only(lab, name, "DeployerForbidden");
}, 60_000);

/** Somebody's hand: changes the path, and waits until the operator has put it right. */
async function changePath(name: string, path: string): Promise<void> {
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  await lab.admin.patch(
    resourceOf("Kustomization"),
    ref,
    { spec: { path } },
    { type: "merge", fieldManager: "stubborn-controller" },
  );
}

const pathNow = async (name: string): Promise<string> =>
  ((await need(lab.admin, "Kustomization", namespaceOf(name), `${name}-staging`))["spec"] as { path: string })
    .path;

test("FieldContested: found when somebody changes a field back again and again, with both names", async () => {
  const name = await lab.project(STAGING);
  for (const round of [1, 2, 3]) {
    await changePath(name, `./wrong-${round}`);
    await eventually(async () => (await pathNow(name)) === "./k8s/overlays/staging", {
      description: `the path is put right, round ${round}`,
    });
  }
  await changePath(name, "./wrong-4");
  await untilProject(
    lab,
    name,
    (project) => condition(project, "Ready")?.reason === "FieldContested",
    "tells of the fight",
  );
  const finding = await lab.first(name, "FieldContested");
  expect(finding.what).toBe(
    `stubborn-controller and projectgitops fight over Kustomization ${namespaceOf(name)}/${name}-staging`,
  );
  const { stdout } = await paste(lab.cluster, finding.fix);
  expect(stdout).toContain("manager: stubborn-controller");
}, 60_000);

test("FieldContested: absent when a change by hand was put right once", async () => {
  const name = await lab.project(STAGING);
  await changePath(name, "./wrong");
  await eventually(async () => (await pathNow(name)) === "./k8s/overlays/staging", {
    description: "the path is put right",
  });
  await lab.project(STAGING);
  const { status } = await getProject(lab, name);
  expect(status?.phase).toBe("COMPLETED");
  expect(await lab.ids(name)).not.toContain("FieldContested");
}, 60_000);

test("FieldShared: found when another tool applies the same Kustomization with the same values", async () => {
  const name = await lab.project(STAGING);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  const live = await need(lab.admin, "Kustomization", ref.namespace, ref.name);
  await lab.admin.apply(
    resourceOf("Kustomization"),
    {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: ref,
      spec: { path: (live["spec"] as { path: string }).path },
    } as never,
    { fieldManager: "argocd-controller", force: true },
  );
  const finding = await only(lab, name, "FieldShared");
  expect(finding.evidence).toBe(
    "metadata.managedFields: spec.path belong to projectgitops and to argocd-controller",
  );
}, 60_000);

test("FieldShared: absent when somebody made the object before it was adopted", async () => {
  const name = await lab.project(STAGING);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  const live = await need(lab.admin, "Kustomization", ref.namespace, ref.name);
  const [ours] = live.metadata.managedFields ?? [];
  const managedFields = [ours, { ...ours, manager: "flux", operation: "Update" }];
  await lab.admin.patch(
    resourceOf("Kustomization"),
    ref,
    [{ op: "replace", path: "/metadata/managedFields", value: managedFields }],
    { type: "json" },
  );
  expect(await lab.ids(name)).not.toContain("FieldShared");
}, 60_000);

test("FieldShared: absent when somebody suspends it, which is a field that the operator leaves to people", async () => {
  const name = await lab.project(STAGING);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  await lab.admin.patch(
    resourceOf("Kustomization"),
    ref,
    { spec: { suspend: true } },
    { type: "merge", fieldManager: "flux" },
  );
  expect(await lab.ids(name)).not.toContain("FieldShared");
}, 60_000);

test("DeliveryFailing: found when nothing else knows the words of Flux, which it quotes", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "PruneFailed", message: "delete failed, errors: something new" });
  const finding = await only(lab, name, "DeliveryFailing");
  expect(finding.evidence).toBe("PruneFailed: delete failed, errors: something new");
  await mendedBy(lab, name, finding);
}, 60_000);

test("DeliveryFailing: absent when the failure has a name", async () => {
  await only(lab, await applyFails(BAD_PORT), "ObjectInvalid");
}, 60_000);
