import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS, resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { fluxSays } from "../support/flux.ts";
import { find, need, untilProject } from "../support/scope.ts";
import { deliverySays, mendedBy, namespaceOf, only, STAGING } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";
import { paste } from "./paste.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const KUSTOMIZATION = resourceOf("Kustomization");
const TWO = { environments: [{ name: "staging" }, { name: "production", dependsOn: ["staging"] }] };

/** Puts the last change of Ready back in time, as if Flux had said so for a while. */
async function longAgo(name: string, seconds: number): Promise<void> {
  const live = await need(lab.admin, "Kustomization", namespaceOf(name), `${name}-staging`);
  const { conditions } = live["status"] as { conditions: { lastTransitionTime: string }[] };
  const lastTransitionTime = new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  await lab.admin.patch(
    KUSTOMIZATION,
    { namespace: namespaceOf(name), name: `${name}-staging` },
    { status: { conditions: conditions.map((one) => ({ ...one, lastTransitionTime })) } },
    { type: "merge", subresource: "status" },
  );
}

const dependency = (name: string): string => `dependency '${namespaceOf(name)}/${name}-staging' is not ready`;

async function suspendProject(name: string): Promise<void> {
  const ref = { namespace: lab.namespace, name };
  await lab.admin.patch(PROJECTS, ref, { spec: { suspend: true } }, { type: "merge" });
  await untilProject(
    lab,
    name,
    ({ status, metadata }) => status?.observedGeneration === metadata.generation,
    "is suspended",
  );
}

test("DeliveryMissing: found when the Kustomization was deleted while nobody puts it back", async () => {
  const name = await lab.project(STAGING);
  await suspendProject(name);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  await lab.admin.delete(KUSTOMIZATION, ref);
  const finding = await lab.first(name, "DeliveryMissing");
  expect(finding.object).toBe(`Kustomization ${ref.namespace}/${ref.name}`);
  await paste(lab.cluster, finding.fix);
  await eventually(() => find(lab.admin, { kind: "Kustomization", ...ref }), {
    description: "it is made again",
  });
  await mendedBy(lab, name, { ...finding, fix: `projectgitops get ${name} -n ${lab.namespace}` });
}, 60_000);

test("DeliveryMissing: absent when the project is not set up yet", async () => {
  const name = await lab.apply({
    ...STAGING,
    git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "no-such-secret" } } },
  });
  await untilProject(lab, name, ({ status }) => status?.phase === "CREATING_NAMESPACES", "waits");
  expect(await lab.ids(name)).not.toContain("DeliveryMissing");
}, 60_000);

test("CrossNamespaceDenied: found when somebody has pointed the Kustomization at another namespace", async () => {
  const name = await lab.project(STAGING);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  const sourceRef = { namespace: "other" };
  await lab.admin.patch(KUSTOMIZATION, ref, { spec: { sourceRef } }, { type: "merge", fieldManager: "hand" });
  const message = `can't access 'GitRepository/other/${name}-repo', cross-namespace references have been blocked`;
  await deliverySays(lab, name, { reason: "AccessDenied", message });
  const finding = await only(lab, name, "CrossNamespaceDenied");
  expect(finding.cause).toEndWith("its sourceRef names the namespace other");
  await mendedBy(lab, name, finding);
}, 60_000);

test("CrossNamespaceDenied: absent when the reference across namespaces is a dependency", async () => {
  const name = await lab.project(TWO);
  await deliverySays(lab, name, {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
  });
  await deliverySays(lab, name, {
    reason: "DependencyNotReady",
    message: dependency(name),
    environment: "production",
  });
  await only(lab, name, "DependencyNotReady");
}, 60_000);

test("DependencyNotReady: found when an environment waits for another, which is named", async () => {
  const name = await lab.project(TWO);
  await deliverySays(lab, name, {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
  });
  await deliverySays(lab, name, {
    reason: "DependencyNotReady",
    message: dependency(name),
    environment: "production",
  });
  const finding = await only(lab, name, "DependencyNotReady");
  expect([finding.severity, finding.what]).toEqual([
    "warning",
    "production waits for staging, which is not Ready",
  ]);
  await paste(lab.cluster, finding.fix);
}, 60_000);

test("DependencyNotReady: absent when the other one is suspended, so that it waits for ever", async () => {
  const ids = await lab.ids(await waitsForSuspended());
  expect(ids[0]).toBe("DependencySuspended");
  expect(ids).not.toContain("DependencyNotReady");
}, 60_000);

/** Staging is suspended by hand before it was Ready, and production waits for it. */
async function waitsForSuspended(): Promise<string> {
  const name = await lab.project(TWO);
  const ref = { namespace: namespaceOf(name), name: `${name}-staging` };
  await lab.admin.patch(
    KUSTOMIZATION,
    ref,
    { spec: { suspend: true } },
    { type: "merge", fieldManager: "flux" },
  );
  await deliverySays(lab, name, {
    reason: "DependencyNotReady",
    message: dependency(name),
    environment: "production",
  });
  return name;
}

test("DependencySuspended: found when an environment waits for one that is suspended, which the fix resumes", async () => {
  const name = await waitsForSuspended();
  const finding = await lab.first(name, "DependencySuspended");
  expect(finding.what).toBe("production waits for staging, which is suspended");
  await paste(lab.cluster, finding.fix);
  const live = await need(lab.admin, "Kustomization", namespaceOf(name), `${name}-staging`);
  expect((live["spec"] as { suspend?: boolean }).suspend).toBe(false);
  expect(await lab.ids(name)).not.toContain("DependencySuspended");
}, 60_000);

test("DependencySuspended: absent when the other one only has failed", async () => {
  const name = await lab.project(TWO);
  await deliverySays(lab, name, { reason: "PruneFailed", message: "something new" });
  await deliverySays(lab, name, {
    reason: "DependencyNotReady",
    message: dependency(name),
    environment: "production",
  });
  expect(await lab.ids(name)).toEqual(["DeliveryFailing", "DependencyNotReady"]);
}, 60_000);

const UNREACHABLE =
  'failed to download archive: GET http://source-controller.flux-system.svc.cluster.local./gitrepository/x.tar.gz giving up after 10 attempt(s): Get "http://source-controller.flux-system.svc.cluster.local./gitrepository/x.tar.gz": dial tcp 10.96.0.9:80: i/o timeout';

test("ArtifactUnreachable: found when the source is Ready and its artifact cannot be fetched inside the cluster", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "ArtifactFailed", message: UNREACHABLE });
  await mendedBy(lab, name, await only(lab, name, "ArtifactUnreachable"));
}, 60_000);

test("ArtifactUnreachable: absent when the source itself is not Ready, which is the git host's trouble", async () => {
  const name = await lab.project(STAGING);
  const source = await need(lab.admin, "GitRepository", namespaceOf(name), `${name}-repo`);
  await fluxSays(lab, source, {
    ready: "False",
    reason: "GitOperationFailed",
    message:
      "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/shop.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
  });
  await deliverySays(lab, name, {
    reason: "ArtifactFailed",
    message: "Source artifact not found, retrying in 30s",
  });
  expect(await lab.ids(name)).toEqual(["KeyRefused"]);
}, 60_000);

const GONE = "Source is not ready, artifact not found, retrying in 30s";

test("ArtifactNotFetched: found when source-controller has lost what it fetched, for longer than a minute", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "ArtifactFailed", message: GONE });
  await longAgo(name, 120);
  await mendedBy(lab, name, await only(lab, name, "ArtifactNotFetched"));
}, 60_000);

test("ArtifactNotFetched: absent in the first minute, for kustomize-controller looks only now and then", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "ArtifactFailed", message: GONE });
  expect(await lab.ids(name)).toEqual(["ProjectNotReady"]);
}, 60_000);

test("ArtifactUnreachable: found while kustomize-controller still tries, which takes it minutes", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
    step: "Fetching manifests for revision main@sha1:1f3c9ab with a timeout of 3m0s",
  });
  expect(await lab.ids(name)).toEqual([]);
  await longAgo(name, 20);
  await only(lab, name, "ArtifactUnreachable");
}, 60_000);

test("ArtifactNotFetched: absent when there is no answer at all", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "ArtifactFailed", message: UNREACHABLE });
  await longAgo(name, 120);
  await only(lab, name, "ArtifactUnreachable");
}, 60_000);
