import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ContainerStatus, PodStatus } from "kubernetes-types/core/v1";
import { CORE_EVENTS, defineResource } from "../../../src/kube/index.ts";
import { eventually } from "../../cluster/index.ts";
import { deliveryHolds, deliverySays, mendedBy, namespaceOf, only, STAGING } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";
import { paste } from "./paste.ts";
import { AVAILABLE, deploymentSays, podOf, UNAVAILABLE } from "./workload.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const WEB = [{ kind: "Deployment", name: "web" }];
const NOW = "2026-11-22T08:00:00Z";

/** A project whose Deployment `web` Flux waited for in vain; its pod says this. */
async function unhealthy(pod?: PodStatus): Promise<string> {
  const name = await lab.project(STAGING);
  const namespace = namespaceOf(name);
  const deployment = await deploymentSays(lab, namespace, UNAVAILABLE);
  if (pod !== undefined) await podOf(lab.admin, deployment, pod);
  await deliveryHolds(lab, name, WEB);
  await healthFails(name, `Deployment/${namespace}/web status: 'InProgress'`);
  return name;
}

const healthFails = (name: string, what: string): Promise<void> =>
  deliverySays(lab, name, {
    reason: "HealthCheckFailed",
    message: `health check failed after 30.207521933s: timeout waiting for: [${what}]`,
  });

const withContainer = (container: Partial<ContainerStatus>): PodStatus => ({
  phase: "Pending",
  conditions: [{ type: "Ready", status: "False", lastTransitionTime: NOW }],
  containerStatuses: [
    {
      name: "web",
      image: "acme/shop:2",
      imageID: "",
      ready: false,
      restartCount: 0,
      ...container,
    },
  ],
});

const PULL = withContainer({
  state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "acme/shop:2"' } },
});
const CRASH = withContainer({
  restartCount: 7,
  state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" } },
  lastState: { terminated: { exitCode: 3, reason: "Error", message: "password=hunter2" } },
});
const CONFIG = withContainer({
  state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "database" not found' } },
});
const RUNNING = withContainer({ state: { running: { startedAt: NOW } } });
const UNSCHEDULABLE: PodStatus = {
  phase: "Pending",
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available: 3 Insufficient memory.",
      lastTransitionTime: NOW,
    },
  ],
};

test("ImagePullFailed: found when a pod of the Deployment waits for its image", async () => {
  const name = await unhealthy(PULL);
  const finding = await only(lab, name, "ImagePullFailed");
  expect(finding).toMatchObject({
    object: `Pod ${namespaceOf(name)}/web-7d4b9-x2x`,
    what: "staging: the image acme/shop:2 of Deployment web cannot be pulled",
    evidence: 'container web: ImagePullBackOff: Back-off pulling image "acme/shop:2"',
    since: NOW,
  });
  await deploymentSays(lab, namespaceOf(name), AVAILABLE);
  await mendedBy(lab, name, finding);
}, 60_000);

test("ImagePullFailed: absent when the image was pulled and its program ends", async () => {
  await only(lab, await unhealthy(CRASH), "ContainerCrashes");
}, 60_000);

test("ContainerCrashes: found when a container ends again and again, without its own last words", async () => {
  const name = await unhealthy(CRASH);
  const finding = await only(lab, name, "ContainerCrashes");
  expect(finding.evidence).toBe("container web: CrashLoopBackOff: it ended with exit code 3");
  expect(finding.fix).toStartWith(`kubectl logs web-7d4b9-x2x -n ${namespaceOf(name)} -c web --previous\n`);
}, 60_000);

test("ContainerCrashes: found when it takes more memory than its limit, which is told", async () => {
  const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
  const waiting = { reason: "CrashLoopBackOff", message: "back-off" };
  const name = await unhealthy(withContainer({ state: { waiting }, lastState }));
  const { what } = await only(lab, name, "ContainerCrashes");
  expect(what).toBe("staging: container web of Deployment web runs out of memory, again and again");
}, 60_000);

test("ContainerCrashes: absent when the container keeps running and is not ready", async () => {
  await only(lab, await unhealthy(RUNNING), "ContainerNotReady");
}, 60_000);

test("ContainerConfigMissing: found when a container needs a Secret that is not there", async () => {
  const { evidence } = await only(lab, await unhealthy(CONFIG), "ContainerConfigMissing");
  expect(evidence).toBe('container web: CreateContainerConfigError: secret "database" not found');
}, 60_000);

test("ContainerConfigMissing: absent when it is the image that is missing", async () => {
  await only(lab, await unhealthy(PULL), "ImagePullFailed");
}, 60_000);

test("PodUnschedulable: found when no node takes the pod", async () => {
  const { evidence } = await only(lab, await unhealthy(UNSCHEDULABLE), "PodUnschedulable");
  expect(evidence).toBe("Unschedulable: 0/3 nodes are available: 3 Insufficient memory.");
}, 60_000);

const QUOTA =
  'pods "web-7d4b9-" is forbidden: exceeded quota: small, requested: pods=1, used: pods=0, limited: pods=0';

test("PodUnschedulable: absent when a quota takes no pod, so that there is none to schedule", async () => {
  await only(lab, await refused(), "PodsRefused");
}, 60_000);

/** A quota takes no pod of the Deployment. */
async function refused(): Promise<string> {
  const name = await unhealthy();
  const conditions = [
    {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: QUOTA,
      lastTransitionTime: NOW,
    },
  ];
  await deploymentSays(lab, namespaceOf(name), { ...UNAVAILABLE, conditions });
  return name;
}

test("PodsRefused: found when a quota takes no pod of a Deployment", async () => {
  const name = await refused();
  const finding = await only(lab, name, "PodsRefused");
  expect(finding.what).toBe("staging: the pods of Deployment web exceed the quota small");
  await paste(lab.cluster, `kubectl create quota small -n ${namespaceOf(name)} --hard=pods=0`);
  await paste(lab.cluster, finding.fix);
}, 60_000);

test("PodsRefused: found of a StatefulSet by the event of its controller", async () => {
  const name = await lab.project(STAGING);
  const namespace = namespaceOf(name);
  const resource = defineResource({
    group: "apps",
    version: "v1",
    plural: "statefulsets",
    kind: "StatefulSet",
    namespaced: true,
  });
  const labels = { app: "db" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "db", image: "db:1" }] } };
  await lab.admin.create(resource, {
    metadata: { namespace, name: "db" },
    spec: { serviceName: "db", selector: { matchLabels: labels }, template },
  } as never);
  await lab.admin.create(CORE_EVENTS, {
    metadata: { namespace, name: "db.1" },
    involvedObject: { apiVersion: "apps/v1", kind: "StatefulSet", namespace, name: "db" },
    type: "Warning",
    reason: "FailedCreate",
    message:
      'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    firstTimestamp: NOW,
  });
  await deliveryHolds(lab, name, [{ kind: "StatefulSet", name: "db" }]);
  await healthFails(name, `StatefulSet/${namespace}/db status: 'InProgress'`);
  const finding = await only(lab, name, "PodsRefused");
  expect(finding.what).toBe("staging: the cluster refuses the pods of StatefulSet db");
  expect(finding.evidence).toContain('violates PodSecurity "restricted:latest"');
  await paste(lab.cluster, finding.fix);
}, 60_000);

test("PodsRefused: absent when the pod exists and no node takes it", async () => {
  await only(lab, await unhealthy(UNSCHEDULABLE), "PodUnschedulable");
}, 60_000);

test("ContainerNotReady: found when a container runs and Flux has waited in vain", async () => {
  const { what } = await only(lab, await unhealthy(RUNNING), "ContainerNotReady");
  expect(what).toBe("staging: container web of Deployment web runs, and does not become ready");
}, 60_000);

test("ContainerNotReady: absent when Flux has not given up yet: the container may only be starting", async () => {
  const conditions = [{ type: "Ready", status: "False", lastTransitionTime: new Date().toISOString() }];
  const name = await progressing({ ...RUNNING, conditions });
  await only(lab, name, "WaitingForWorkloads");
}, 60_000);

test("WorkloadNotHealthy: found when nothing says why, told once for what is waited for", async () => {
  const name = await unhealthy();
  const finding = await only(lab, name, "WorkloadNotHealthy");
  expect(finding.what).toBe("staging is deployed, but Deployment web does not become healthy");
  await paste(lab.cluster, finding.fix);
}, 60_000);

test("WorkloadNotHealthy: absent when a pod says why", async () => {
  await only(lab, await unhealthy(CONFIG), "ContainerConfigMissing");
}, 60_000);

test("HealthCheckTargetMissing: found when healthChecks names what is not there", async () => {
  const healthChecks = [{ apiVersion: "apps/v1", kind: "Deployment", name: "nope" }];
  const name = await lab.project({ environments: [{ name: "staging", healthChecks }] });
  await healthFails(name, `Deployment/${namespaceOf(name)}/nope status: 'NotFound'`);
  const { what } = await only(lab, name, "HealthCheckTargetMissing");
  expect(what).toBe("staging waits for Deployment nope, which is not in the cluster");
}, 60_000);

test("HealthCheckTargetMissing: absent when it is there and not healthy", async () => {
  await only(lab, await unhealthy(), "WorkloadNotHealthy");
}, 60_000);

/** Flux has applied the Deployment and still waits for it. */
async function progressing(pod?: PodStatus): Promise<string> {
  const name = await lab.project(STAGING);
  const deployment = await deploymentSays(lab, namespaceOf(name), UNAVAILABLE);
  if (pod !== undefined) await podOf(lab.admin, deployment, pod);
  await deliveryHolds(lab, name, WEB);
  await deliverySays(lab, name, {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
  });
  return name;
}

test("WaitingForWorkloads: found when Flux waits and nothing has gone wrong, which is no error", async () => {
  const name = await progressing();
  const { healthy, findings } = await lab.diagnose(name);
  expect([healthy, findings.map(({ id }) => id)]).toEqual([true, ["WaitingForWorkloads"]]);
  expect(findings[0]?.what).toBe("staging is being deployed: Flux waits for Deployment web");
  expect(findings[0]?.cause).toContain("web: 0 of 1 available");
}, 60_000);

test("A failure of the build is not told any more while Flux waits for the health of what it has applied since", async () => {
  const name = await lab.project(STAGING);
  await deliverySays(lab, name, { reason: "BuildFailed", message: "kustomize build failed: something" });
  await deploymentSays(lab, namespaceOf(name), UNAVAILABLE);
  await deliveryHolds(lab, name, WEB);
  await deliverySays(lab, name, {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
    step: "Running health checks for revision main@sha1:1f3c9ab with a timeout of 3m0s",
  });
  // Until the operator has seen it, the project's own condition still tells the failure.
  await eventually(async () => Bun.deepEquals(await lab.ids(name), ["WaitingForWorkloads"]), {
    description: "nothing but the waiting is told",
    deadlineMs: 20_000,
  });
}, 60_000);

test("WaitingForWorkloads: absent when a pod already says that it will not work", async () => {
  await only(lab, await progressing(PULL), "ImagePullFailed");
}, 60_000);

test("A rollout that is stuck is found by its new pod, though the old one still serves", async () => {
  const name = await unhealthy(CRASH);
  await deploymentSays(lab, namespaceOf(name), { ...AVAILABLE, replicas: 2, unavailableReplicas: 1 });
  await only(lab, name, "ContainerCrashes");
}, 60_000);

test("What Flux is told not to wait for is looked at too", async () => {
  const name = await lab.project({ environments: [{ name: "staging", wait: false }] });
  const deployment = await deploymentSays(lab, namespaceOf(name), UNAVAILABLE);
  await podOf(lab.admin, deployment, CRASH);
  await deliveryHolds(lab, name, WEB);
  await only(lab, name, "ContainerCrashes");
}, 60_000);
