import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import { fluxSays, REVISION, untilReady } from "./support/flux.ts";
import {
  condition,
  getProject,
  giveCredential,
  need,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());

const ONE = { environments: [{ name: "development" }] };

async function applied(spec: Parameters<typeof projectObject>[2] = ONE): Promise<string> {
  const id = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, spec));
  await untilProject(scope, id, ({ status }) => status?.phase === "COMPLETED", "is COMPLETED");
  return id;
}

const source = (id: string) => need(scope.admin, "GitRepository", `project-${id}-development`, `${id}-repo`);
const delivery = (id: string) =>
  need(scope.admin, "Kustomization", `project-${id}-development`, `${id}-development`);

test("before the operator has seen an object its observedGeneration is -1, so that it counts as in progress", async () => {
  const { admin, namespace } = scope;
  const elsewhere = `${namespace}-unwatched`;
  await admin.createNamespace(elsewhere);
  const project = await admin.create(PROJECTS, projectObject(elsewhere, uniqueProject(), ONE));
  expect(project.status?.observedGeneration).toBe(-1);
});

test("COMPLETED is not Ready: Ready stays Unknown and Reconciling is True until Flux has answered", async () => {
  const project = await getProject(scope, await applied());
  expect(condition(project, "Ready")).toMatchObject({ status: "Unknown", reason: "WaitingForFlux" });
  expect(condition(project, "Reconciling")?.status).toBe("True");
  expect(condition(project, "Stalled")).toBeUndefined();
  expect(project.status?.environmentsReady).toBe("0/1");
});

test("Ready is True when every GitRepository and Kustomization is, and no other condition is left", async () => {
  const project = await untilReady(scope, await applied());
  expect(project.status?.conditions).toHaveLength(1);
  expect(condition(project, "Ready")).toMatchObject({
    status: "True",
    reason: "Completed",
    observedGeneration: project.metadata.generation,
  });
  expect(project.status).toMatchObject({
    observedGeneration: project.metadata.generation,
    environmentsReady: "1/1",
    environments: [
      {
        name: "development",
        source: { ready: "True", reason: "Succeeded", revision: REVISION },
        delivery: { ready: "True", reason: "ReconciliationSucceeded", revision: REVISION },
      },
    ],
  });
});

test("a source that fails makes Ready False with Flux's own words and the environment's name", async () => {
  const id = await applied();
  const message =
    "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/shop.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain";
  await fluxSays(scope, await source(id), { ready: "False", reason: "GitOperationFailed", message });
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.status === "False",
    "is not Ready",
  );
  expect(condition(project, "Ready")).toMatchObject({
    reason: "SourceNotReady",
    message:
      "development: cannot fetch from git: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
  });
  expect(project.status?.phase).toBe("COMPLETED");
});

test("a failed source is named as the cause before the delivery that misses its artifact", async () => {
  const id = await applied();
  const missing = "Source artifact not found, retrying in 30s";
  await fluxSays(scope, await source(id), { ready: "True", reason: "Succeeded", message: "stored artifact" });
  await fluxSays(scope, await delivery(id), { ready: "False", reason: "ArtifactFailed", message: missing });
  await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "DeliveryNotReady",
    "tells of the delivery",
  );
  const refused = "unable to list remote for 'x': dial tcp: lookup github.com: no such host";
  await fluxSays(scope, await source(id), { ready: "False", reason: "GitOperationFailed", message: refused });
  const project = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.reason === "SourceNotReady",
    "tells of the source",
  );
  expect(condition(project, "Ready")?.message).toContain("no such host");
});

test("a failure is not forgotten while Flux tries again, and temporary paths in it do not change the status", async () => {
  const id = await applied();
  const path = (number: number) =>
    `kustomization path not found: stat /tmp/kustomization-${number}/k8s: no such file or directory`;
  const failing = { ready: "False", reason: "ArtifactFailed" } as const;
  await fluxSays(scope, await delivery(id), { ...failing, message: path(1111) });
  const first = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.status === "False",
    "is not Ready",
  );
  await fluxSays(scope, await delivery(id), {
    ready: "Unknown",
    reason: "Progressing",
    message: "Reconciliation in progress",
  });
  await fluxSays(scope, await delivery(id), { ...failing, message: path(2222) });
  // Another Flux object's answer comes through, so the delivery's was looked at too.
  await fluxSays(scope, await source(id), {
    ready: "True",
    reason: "Succeeded",
    message: `stored artifact for revision '${REVISION}'`,
  });
  const later = await untilProject(
    scope,
    id,
    ({ status }) => status?.environments?.[0]?.source?.ready === "True",
    "has seen the source",
  );
  expect(Bun.deepEquals(condition(later, "Ready"), condition(first, "Ready"))).toBe(true);
  expect(condition(later, "Ready")?.message).not.toMatch(/1111|2222/);
});

test("Ready goes from True to False when Flux fails later, and back", async () => {
  const id = await applied();
  await untilReady(scope, id);
  const message = "ConfigMap/x/y dry-run failed (Forbidden)";
  await fluxSays(scope, await delivery(id), { ready: "False", reason: "ReconciliationFailed", message });
  const failed = await untilProject(
    scope,
    id,
    (one) => condition(one, "Ready")?.status === "False",
    "is not Ready",
  );
  expect(condition(failed, "Ready")).toMatchObject({ reason: "DeliveryNotReady" });
  await untilReady(scope, id);
});

test("an answer to an older spec does not count: Ready is not True for a generation that Flux has not seen", async () => {
  const id = await applied();
  await untilReady(scope, id);
  const { admin, namespace } = scope;
  const patch = { spec: { git: { ref: { branch: "next" } } } };
  await admin.patch(PROJECTS, { namespace, name: id }, patch, { type: "merge" });
  const project = await untilProject(scope, id, ({ status }) => status?.observedGeneration === 2, "is at 2");
  expect(condition(project, "Ready")?.status).not.toBe("True");
  await untilReady(scope, id);
});

test("a suspended Flux object is not waited for, and the message says which environment is suspended", async () => {
  const id = await applied({
    environments: [{ name: "development" }, { name: "production", suspend: true }],
  });
  const project = await untilReady(scope, id);
  expect(condition(project, "Ready")?.message).toContain("suspended: production");
});

test("kubectl wait --for=condition=Ready returns when the project is Ready", async () => {
  const id = await applied();
  const waiting = kubectl(scope.cluster, [
    "wait",
    "--for=condition=Ready",
    `pgops/${id}`,
    "-n",
    scope.namespace,
    "--timeout=30s",
  ]);
  await untilReady(scope, id);
  const { code, stdout, stderr } = await waiting;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("condition met");
});

test("kubectl get pgops -A -o wide shows project, phase, Ready, environments and the message", async () => {
  const id = await applied();
  await untilReady(scope, id);
  const rows = await eventually(async () => {
    const { stdout } = await kubectl(scope.cluster, ["get", "pgops", "-A", "-o", "wide"]);
    return stdout.includes(id) ? stdout.split("\n") : undefined;
  });
  expect(rows[0]?.trim().split(/ +/)).toEqual([
    "NAMESPACE",
    "NAME",
    "PROJECT",
    "PHASE",
    "READY",
    "STATUS",
    "AGE",
    "ENVIRONMENTS",
  ]);
  const row = rows.find((text) => text.includes(id));
  expect(row).toMatch(/COMPLETED +True +1 of 1 environments ready, 6 objects in place/);
  expect(row).toContain("1/1");
});
