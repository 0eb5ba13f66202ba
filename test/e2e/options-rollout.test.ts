import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CONFIG_MAPS, DEPLOYMENTS, defineResource } from "../../src/kube/index.ts";
import { type AuditEvent, auditEvents, eventually } from "../cluster/index.ts";
import { APP, deliver, delivered, namespaceOf, orMissing, publicly } from "./support/options.ts";
import {
  type App,
  applyProject,
  type E2e,
  getProject,
  giveRepository,
  openE2e,
  PROJECTS,
  untilComplaint,
  untilReady,
  workload,
} from "./support/project.ts";

const JOBS = defineResource({ group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true });

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

describe("dependsOn", () => {
  test("holds production back until staging is Ready, across their namespaces", async () => {
    const app = await giveRepository(e2e, ["staging", "production"], { private: false });
    const broken = { [STAGING]: "resources: [../../base, no-such-file.yaml]\n" };
    await app.repository.push(broken, { message: "staging is broken" });
    await applyProject(e2e, app, {
      git: publicly(e2e, app),
      environments: [{ name: "staging" }, { name: "production", dependsOn: ["staging"] }],
    });
    const waiting = `dependency '${namespaceOf(app, "staging")}/${app.id}-staging' is not ready`;
    await eventually(
      async () => {
        const { status } = await getProject(e2e, app.id);
        const delivery = status?.environments?.find(({ name }) => name === "production")?.delivery;
        return delivery?.reason === "DependencyNotReady" && delivery.message.includes(waiting);
      },
      { description: "production waits for staging", deadlineMs: 30_000 },
    );
    // The cause, not the environment that waits for it.
    await untilComplaint(e2e, app, /^staging: cannot deploy: .*no-such-file/);
    expect(await workload(e2e, app, "production")).toBeUndefined();
    await app.repository.push({ [STAGING]: "resources: [../../base]\n" }, { message: "staging is mended" });
    await untilReady(e2e, app);
    expect(appliedAt(app, "staging") < appliedAt(app, "production")).toBeTrue();
  });
});

test("healthChecks make Ready wait for what they name, and for nothing else", async () => {
  const app = await deliver(e2e, `${deployment("web")}\n---\n${deployment("other")}`, {
    healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
    timeout: "5m",
  });
  const namespace = namespaceOf(app);
  await eventually(() => orMissing(e2e.admin.getDeployment(namespace, "web")), {
    description: "the Deployment is applied",
    deadlineMs: 30_000,
  });
  await eventually(
    async () => (await getProject(e2e, app.id)).status?.environments?.[0]?.delivery?.reason === "Progressing",
    { description: "Flux waits for it", deadlineMs: 30_000 },
  );
  // No controller of Deployments runs here: its report is written in its place, for one of the two.
  const status = { observedGeneration: 1, ...AVAILABLE };
  const o = { type: "merge", subresource: "status" } as const;
  await e2e.admin.patch(DEPLOYMENTS, { namespace, name: "web" }, { status }, o);
  await untilReady(e2e, app);
});

describe("a Job, which cannot be changed in place", () => {
  test("stops a deployment that changes it, and is made anew with force", async () => {
    const app = await delivered(e2e, job("shop:1"), { wait: false });
    const old = await theJob(app);
    await app.repository.push({ [APP]: job("shop:2") });
    await untilComplaint(e2e, app, /^development: cannot deploy: Job\/.*immutable/);
    expect((await theJob(app)).metadata?.uid).toBe(old.metadata?.uid);
    const environments = [{ name: "development", wait: false, force: true }];
    const ref = { namespace: e2e.namespace, name: app.id };
    await e2e.admin.patch(PROJECTS, ref, { spec: { environments } }, { type: "merge" });
    await untilReady(e2e, app);
    const anew = await theJob(app);
    expect(anew.metadata?.uid).not.toBe(old.metadata?.uid);
    expect(JSON.stringify(anew)).toContain("shop:2");
  });
});

const AVAILABLE = {
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  conditions: [
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
    { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
  ],
};

const STAGING = "k8s/overlays/staging/kustomization.yaml";

/** When Flux applied the workload there for the first time. */
function appliedAt(app: App, environment: string): string {
  const isApply = ({ verb, objectRef: ref, impersonatedUser }: AuditEvent) =>
    verb === "patch" &&
    ref?.resource === CONFIG_MAPS.plural &&
    ref.namespace === namespaceOf(app, environment) &&
    impersonatedUser?.username.endsWith(`:${app.id}-deployer`) === true;
  const [first] = auditEvents(e2e.cluster, isApply);
  if (!first) throw new Error(`nobody applied anything in ${environment}`);
  return first.requestReceivedTimestamp;
}

const theJob = (app: App) => e2e.admin.get(JOBS, { namespace: namespaceOf(app), name: "migrate" });

const job = (image: string): string =>
  JSON.stringify({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "migrate" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "migrate", image }] } } },
  });

const deployment = (name: string): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: "shop:1" }] } },
    },
  });
