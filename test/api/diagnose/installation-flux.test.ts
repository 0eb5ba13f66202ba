import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import { DEPLOYMENTS, LEASES } from "../../../src/kube/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { fluxSays } from "../support/flux.ts";
import { condition, need, untilProject } from "../support/scope.ts";
import { renewLease, setAvailable } from "./installation.ts";
import { type Diagnosis, type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 90_000);
afterEach(() => lab.stand());
afterAll(() => lab.stop());

const MINUTE = 60_000;
const SOURCE = { namespace: "flux-system", name: "source-controller" };
const KUSTOMIZE = { namespace: "flux-system", name: "kustomize-controller" };
const leaseOf = ({ name }: { name: string }): string => `${name}-leader-election`;

/** What is found of a project, or of the installation alone, as the test left it. */
const findings = async (name?: string) => (await diagnosis(name)).findings;
const diagnosis = async (name?: string): Promise<Diagnosis> =>
  name === undefined
    ? JSON.parse((await lab.typed("diagnose -n default -o json")).stdout)
    : lab.diagnoseAsItIs(name);
const ids = async (name?: string) => (await findings(name)).map(({ id }) => id);

async function uninstall(): Promise<void> {
  for (const ref of [SOURCE, KUSTOMIZE]) {
    await lab.admin.delete(DEPLOYMENTS, ref);
    await lab.admin.delete(LEASES, { namespace: ref.namespace, name: leaseOf(ref) });
  }
}

/** Changes the first container of a Deployment, as an upgrade or an edit would. */
const setContainer = (ref: typeof SOURCE, change: { image?: string; args?: string[] }) =>
  lab.admin.patch(
    DEPLOYMENTS,
    ref,
    { spec: { template: { spec: { containers: [{ name: "manager", ...change }] } } } },
    { type: "strategic" },
  );

test("FluxNotInstalled: found when a controller is in no namespace, each by itself", async () => {
  await uninstall();
  const found = await findings();
  expect(found.map(({ id, object }) => `${id} ${object}`)).toEqual([
    "FluxNotInstalled Deployment source-controller",
    "FluxNotInstalled Deployment kustomize-controller",
  ]);
  // The fix gets Flux's manifests from its releases; here is no such network.
  expect(found[0]?.fix).toStartWith("kubectl apply --server-side ");
});

test("FluxNotInstalled: absent when Flux's objects are answered: then it runs outside", async () => {
  const name = await lab.project();
  await uninstall();
  expect(await ids(name)).toEqual(["FluxOutside", "FluxOutside"]);
});

test("FluxOutside: found when only their answers tell of the controllers, as notes, with exit 0", async () => {
  await uninstall();
  const { healthy, findings } = await diagnosis();
  expect(healthy).toBe(true);
  expect(findings.map(({ object, severity }) => `${object} ${severity}`)).toEqual([
    "Deployment source-controller info",
    "Deployment kustomize-controller info",
  ]);
});

test("FluxOutside: absent when an object has waited for minutes: then Flux is nowhere", async () => {
  const name = await lab.project();
  await uninstall();
  await askForALook(name, "GitRepository", new Date(Date.now() - 10 * MINUTE));
  expect(await ids(name)).toEqual(["FluxNotInstalled", "FluxOutside"]);
  await answer(name);
});

test("FluxOld: found when the image is older than 1.0", async () => {
  await setContainer(SOURCE, { image: "ghcr.io/fluxcd/source-controller:v0.36.1" });
  const [first, ...others] = await findings();
  expect(first).toMatchObject({ id: "FluxOld", object: "Deployment flux-system/source-controller" });
  expect(first?.evidence).toBe("its image is source-controller:v0.36.1");
  expect(others).toEqual([]);
});

test("FluxOld: absent when the image is 1.0, behind a registry's port, or named by its digest", async () => {
  await setContainer(SOURCE, { image: "registry.acme.dev:5000/flux/source-controller:v1.0.0" });
  await setContainer(KUSTOMIZE, { image: `ghcr.io/fluxcd/kustomize-controller@sha256:${"0".repeat(64)}` });
  expect(await ids()).toEqual([]);
});

test("FluxNotRunning: found when no replica is available", async () => {
  await setAvailable(lab.admin, KUSTOMIZE, 0);
  const [first, ...others] = await findings();
  expect(first).toMatchObject({
    id: "FluxNotRunning",
    object: "Deployment flux-system/kustomize-controller",
    what: "Flux's kustomize-controller does not run",
  });
  expect(others).toEqual([]);
  expect((await lab.paste(first?.fix)).stdout).toContain("kustomize-controller");
});

test("FluxNotRunning: found when it is switched off, and its fix switches it on", async () => {
  await lab.admin.scale(DEPLOYMENTS, SOURCE, 0);
  await setAvailable(lab.admin, SOURCE, 0);
  const [first] = await findings();
  expect(first).toMatchObject({ id: "FluxNotRunning", evidence: "spec.replicas is 0" });
  await lab.paste(first?.fix);
  expect((await lab.admin.get(DEPLOYMENTS, SOURCE)).spec?.replicas).toBe(1);
  await setAvailable(lab.admin, SOURCE, 1);
  expect(await ids()).toEqual([]);
});

test("FluxNotRunning: absent when one of two replicas is available", async () => {
  await lab.admin.scale(DEPLOYMENTS, SOURCE, 2);
  expect(await ids()).toEqual([]);
});

test("FluxNotMoving: found when a controller is available and its Lease has run out", async () => {
  await renewLease(lab.admin, SOURCE.namespace, leaseOf(SOURCE), Date.now() - 10 * MINUTE);
  const [first, ...others] = await findings();
  expect(first).toMatchObject({
    id: "FluxNotMoving",
    object: "Lease flux-system/source-controller-leader-election",
    what: "Flux's source-controller stands still: none of its replicas leads",
  });
  expect(first?.evidence).toEndWith("last renewed 10m ago");
  expect(others).toEqual([]);
  await lab.paste(first?.fix);
  await renewLease(lab.admin, SOURCE.namespace, leaseOf(SOURCE));
  expect(await ids()).toEqual([]);
});

test("FluxNotMoving: found when objects have waited for minutes, once for all of them", async () => {
  const name = await lab.project();
  const asked = new Date(Date.now() - 10 * MINUTE);
  await askForALook(name, "GitRepository", asked);
  const [first, ...others] = await findings(name);
  expect(first).toMatchObject({
    id: "FluxNotMoving",
    object: `GitRepository project-${name}-staging/${name}-repo`,
    what: `Flux's source-controller does not look at ${name}`,
    since: asked.toISOString(),
  });
  expect(others).toEqual([]);
  await answer(name);
  expect(await ids(name)).toEqual([]);
});

test("FluxNotMoving: absent when the object is suspended, or Flux has answered that it fails", async () => {
  const name = await lab.project();
  const asked = new Date(Date.now() - 10 * MINUTE);
  const source = await askForALook(name, "GitRepository", asked);
  await fluxSays(lab, source, { ready: "False", reason: "GitOperationFailed", message: "it fails" });
  const delivery = await askForALook(name, "Kustomization", asked);
  const { namespace = "", name: deliveryName } = delivery.metadata;
  await lab.admin.patch(
    resourceOf("Kustomization"),
    { namespace, name: deliveryName },
    { spec: { suspend: true } },
    { type: "merge" },
  );
  expect(await ids(name)).not.toContain("FluxNotMoving");
});

test("FluxNotMoving: absent when a Lease is a minute old: clocks differ", async () => {
  await renewLease(lab.admin, KUSTOMIZE.namespace, leaseOf(KUSTOMIZE), Date.now() - MINUTE);
  expect(await ids()).not.toContain("FluxNotMoving");
});

test("FluxNotLockedDown: found when a flag is missing or says no, and goes with its fix", async () => {
  await setContainer(KUSTOMIZE, { args: ["--log-level=info", "--no-cross-namespace-refs=false"] });
  const [first] = await findings();
  expect(first).toMatchObject({
    id: "FluxNotLockedDown",
    severity: "error",
    evidence: "args: --log-level=info --no-cross-namespace-refs=false",
  });
  expect(first?.what).toEndWith(
    "without --no-cross-namespace-refs=true and --default-service-account=default",
  );
  await lab.paste(first?.fix);
  expect(await ids()).not.toContain("FluxNotLockedDown");
});

test("FluxNotLockedDown: found when a helm-controller runs without the flags, whether or not a project delivers by Helm", async () => {
  const HELM = { namespace: "flux-system", name: "helm-controller" };
  const labels = { app: HELM.name };
  const containers = [
    { name: "manager", image: "fluxcd/helm-controller:v1.6.5", args: ["--log-level=info"] },
  ];
  await lab.admin.create(DEPLOYMENTS, {
    metadata: HELM,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  const [first, ...others] = await findings();
  expect(first).toMatchObject({ id: "FluxNotLockedDown", object: "Deployment flux-system/helm-controller" });
  expect(others).toEqual([]);
  await lab.paste(first?.fix);
  expect(await ids()).toEqual([]);
  await setContainer(HELM, { args: [] });
  await lab.admin.scale(DEPLOYMENTS, HELM, 0);
  expect(await ids()).toEqual([]);
  await lab.admin.delete(DEPLOYMENTS, HELM);
});

test("FluxNotLockedDown: absent when the flag stands without a value, which counts as true", async () => {
  await setContainer(KUSTOMIZE, {
    args: ["--no-cross-namespace-refs", "--default-service-account=nobody"],
  });
  expect(await ids()).not.toContain("FluxNotLockedDown");
});

test("FluxNotInstalled: found when helm-controller is missing and the project delivers by Helm, and not for another", async () => {
  const delivery = { helm: { chart: "./chart" } };
  const name = await lab.apply({ environments: [{ name: "development", delivery }] });
  const reason = "RequestFailed";
  await untilProject(lab, name, (project) => condition(project, "Ready")?.reason === reason, `is ${reason}`);
  const [first, ...others] = await findings(name);
  expect(first).toMatchObject({ id: "FluxNotInstalled", object: "Deployment helm-controller" });
  expect(others).toEqual([]);
  expect(await ids(await lab.project())).toEqual([]);
});

/** As `flux reconcile` asks, at another time. */
async function askForALook(name: string, kind: "GitRepository" | "Kustomization", at: Date) {
  const namespace = `project-${name}-staging`;
  const ref = { namespace, name: kind === "GitRepository" ? `${name}-repo` : `${name}-staging` };
  const patch = { metadata: { annotations: { [ANNOTATIONS.requestedAt]: at.toISOString() } } };
  await lab.admin.patch(resourceOf(kind), ref, patch, { type: "merge" });
  return need(lab.admin, kind, namespace, ref.name);
}

/** Flux comes to it. */
async function answer(name: string): Promise<void> {
  const source = await need(lab.admin, "GitRepository", `project-${name}-staging`, `${name}-repo`);
  await fluxSays(lab, source, { ready: "True", reason: "Succeeded", message: "stored artifact" });
}
