import { expect, test } from "bun:test";
import type { EnvironmentStatus, FluxHealth } from "../../../src/api/schema.ts";
import { firstComplaint, steadyMessage } from "../../../src/machine/health.ts";
import { healthOf, type LiveObject } from "../../../src/machine/index.ts";

interface Flux {
  generation?: number;
  annotations?: Record<string, string>;
  suspend?: boolean;
  status?: Record<string, unknown>;
}

const flux = ({ generation = 1, annotations = {}, suspend, status }: Flux): LiveObject => ({
  metadata: { name: "shop-repo", uid: "u", resourceVersion: "1", generation, annotations },
  spec: suspend === undefined ? {} : { suspend },
  ...(status ? { status } : {}),
});
const ready = (status: string, reason: string, message: string, observedGeneration = 1) => ({
  conditions: [{ type: "Ready", status, reason, message, observedGeneration }],
});

// The messages below are Flux's own (FLUX-FACTS, measured with source-controller 1.9.6, kustomize-controller 1.9.5).
const KEY_REFUSED =
  "failed to checkout and determine revision: unable to clone 'ssh://git@git.example.com/acme/shop.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain";
/** The cause alone, as a person reads it first. */
const REFUSED = KEY_REFUSED.slice(KEY_REFUSED.indexOf("ssh: handshake"));
const UNREACHABLE =
  "unable to list remote for 'ssh://git@git.example.com/acme/shop.git': dial tcp 10.0.0.1:22: connect: connection refused";
const NO_PATH =
  "kustomization path not found: stat /tmp/kustomization-2158302842/k8s/overlays/development: no such file or directory";
const NO_ARTIFACT = "Source artifact not found, retrying in 30s";

const FAILED: FluxHealth = { ready: "False", reason: "GitOperationFailed", message: KEY_REFUSED };

test("an object that Flux has not looked at yet is Unknown", () => {
  expect(healthOf(flux({ status: { observedGeneration: -1 } }))).toMatchObject({
    ready: "Unknown",
    reason: "WaitingForFlux",
  });
  expect(healthOf(flux({}))).toMatchObject({ ready: "Unknown" });
});

test("a success tells its revision", () => {
  const status = {
    ...ready("True", "Succeeded", "stored artifact for revision 'main@sha1:1f3c9ab'"),
    artifact: { revision: "main@sha1:1f3c9ab" },
  };
  expect(healthOf(flux({ status }))).toMatchObject({
    ready: "True",
    reason: "Succeeded",
    revision: "main@sha1:1f3c9ab",
  });
});

test("trap 2: Ready=Unknown during a retry keeps the failure before it", () => {
  const retrying = flux({ status: ready("Unknown", "Progressing", "building artifact") });
  expect(healthOf(retrying, FAILED)).toMatchObject(FAILED);
  expect(healthOf(retrying)).toMatchObject({ ready: "Unknown", reason: "Progressing" });
  expect(healthOf(retrying, { ready: "True", reason: "Succeeded", message: "" })).toMatchObject({
    ready: "Unknown",
  });
});

test("a failure from before everything was applied is over while Flux waits for health; a failed health check is not", () => {
  const reconciling = {
    type: "Reconciling",
    status: "True",
    reason: "Progressing",
    message: "Running health checks for revision main@sha1:1 with a timeout of 30s",
  };
  const waiting = ready("Unknown", "Progressing", "Reconciliation in progress");
  const live = flux({ status: { ...waiting, conditions: [...waiting.conditions, reconciling] } });
  const built = { ready: "False", reason: "BuildFailed", message: "kustomize build failed" } as const;
  expect(healthOf(live, built)).toMatchObject({ ready: "Unknown", reason: "Progressing" });
  const unhealthy = { ready: "False", reason: "HealthCheckFailed", message: "timeout" } as const;
  expect(healthOf(live, unhealthy)).toMatchObject(unhealthy);
});

test("trap 3: it is the condition's own observedGeneration that counts, not the object's", () => {
  const failing = { ...ready("False", "GitOperationFailed", UNREACHABLE, 2), observedGeneration: -1 };
  expect(healthOf(flux({ generation: 2, status: failing }))).toMatchObject({
    ready: "False",
    message: UNREACHABLE,
  });
  const old = { ...ready("True", "Succeeded", "stored artifact", 1), observedGeneration: 2 };
  expect(healthOf(flux({ generation: 2, status: old }))).toMatchObject({
    ready: "Unknown",
    reason: "WaitingForFlux",
  });
});

test("a request that is not handled yet makes the old True no answer", () => {
  const annotations = { "reconcile.fluxcd.io/requestedAt": "2" };
  const status = { ...ready("True", "Succeeded", "stored artifact"), lastHandledReconcileAt: "1" };
  expect(healthOf(flux({ annotations, status }))).toMatchObject({ ready: "Unknown" });
  expect(healthOf(flux({ annotations, status: { ...status, lastHandledReconcileAt: "2" } }))).toMatchObject({
    ready: "True",
  });
});

test("trap 4: the number of a temporary folder is not part of the message", () => {
  const another = NO_PATH.replace("2158302842", "77");
  expect(steadyMessage(NO_PATH)).toBe(
    "kustomization path not found: stat ./k8s/overlays/development: no such file or directory",
  );
  expect(steadyMessage(another)).toBe(steadyMessage(NO_PATH));
  expect(steadyMessage("stat '/tmp/gitrepository-shop-shop-repo-913/x'")).toBe("stat './x'");
});

test("a repository whose name looks like a temporary folder keeps its name", () => {
  for (const message of [
    "unable to clone 'https://git.example.com/acme/kustomization-2': not found",
    "unable to clone 'ssh://git@git.example.com/acme/gitrepository-7/shop.git': not found",
    "ConfigMap/project-shop/kustomization-base dry-run failed",
  ])
    expect(steadyMessage(message)).toBe(message);
});

test("how long a health check took is told in whole seconds, so that a retry changes nothing", () => {
  const after = (took: string) =>
    `health check failed after ${took}: timeout waiting for: [Deployment/x/web]`;
  expect(steadyMessage(after("30.207521933s"))).toBe(after("30s"));
  expect(steadyMessage(after("1m30.000031s"))).toBe(after("1m30s"));
  expect(steadyMessage("chart version 1.2.3s failed")).toBe("chart version 1.2.3s failed");
});

test("a message without end is cut", () => {
  expect(steadyMessage("x".repeat(10_000)).length).toBeLessThanOrEqual(4096);
});

test("a suspended object says so, and an older failure is not held against it", () => {
  expect(healthOf(flux({ suspend: true }), FAILED)).toMatchObject({ ready: "Unknown", suspended: true });
});

const GOOD: FluxHealth = { ready: "True", reason: "Succeeded", message: "" };
const environment = (name: string, source?: FluxHealth, delivery?: FluxHealth): EnvironmentStatus => ({
  name,
  namespace: `project-shop-${name}`,
  ...(source ? { source } : {}),
  ...(delivery ? { delivery } : {}),
});
const SYMPTOM: FluxHealth = { ready: "False", reason: "ArtifactFailed", message: NO_ARTIFACT };
const BROKEN: FluxHealth = {
  ready: "False",
  reason: "ReconciliationFailed",
  message: "ConfigMap/x dry-run failed",
};

test("trap 1: a source that fails is not Ready though its Kustomization still says so", () => {
  expect(firstComplaint([environment("development", FAILED, GOOD)])).toMatchObject({
    reason: "SourceNotReady",
    failing: true,
    message: `development: cannot fetch from git: ${REFUSED}`,
  });
});

test("the first cause comes before its symptoms, in whatever environment it stands", () => {
  expect(
    firstComplaint([environment("development", GOOD, SYMPTOM), environment("staging", FAILED, SYMPTOM)]),
  ).toMatchObject({ reason: "SourceNotReady", message: `staging: cannot fetch from git: ${REFUSED}` });
  expect(
    firstComplaint([environment("development", GOOD, SYMPTOM), environment("staging", GOOD, BROKEN)]),
  ).toMatchObject({
    reason: "DeliveryNotReady",
    message: "staging: cannot deploy: ConfigMap/x dry-run failed",
  });
});

test("a failure comes before what has only not happened yet", () => {
  const waiting: FluxHealth = { ready: "Unknown", reason: "Progressing", message: "building" };
  expect(
    firstComplaint([environment("development", waiting, waiting), environment("staging", GOOD, BROKEN)]),
  ).toMatchObject({ failing: true });
  expect(firstComplaint([environment("development", GOOD, waiting)])).toMatchObject({
    reason: "WaitingForFlux",
    failing: false,
  });
});

test("a delivery that misses its artifact has not failed while the source is only waited for", () => {
  const waiting: FluxHealth = { ready: "Unknown", reason: "WaitingForFlux", message: "" };
  expect(firstComplaint([environment("development", waiting, SYMPTOM)])).toMatchObject({
    reason: "WaitingForFlux",
    failing: false,
    message: "development: waiting for Flux to fetch from git",
  });
  expect(firstComplaint([environment("development", GOOD, SYMPTOM)])).toMatchObject({ failing: true });
});

test("once Flux is at work, it no longer misses its artifact", () => {
  const live = flux({ status: ready("Unknown", "Progressing", "waiting") });
  expect(healthOf(live, SYMPTOM)).toMatchObject({ ready: "Unknown", reason: "Progressing" });
  expect(healthOf(live, BROKEN)).toMatchObject({ ready: "False", reason: BROKEN.reason });
});

test("a path that is missing is a cause, though its reason is that of a missing artifact", () => {
  const waiting: FluxHealth = { ready: "Unknown", reason: "Progressing", message: "building" };
  const message = "kustomization path not found: stat ./k8s: no such file or directory";
  const missing: FluxHealth = { ready: "False", reason: "ArtifactFailed", message };
  expect(
    firstComplaint([environment("development", GOOD, waiting), environment("staging", GOOD, missing)]),
  ).toMatchObject({ failing: true, message: `staging: cannot deploy: ${message}` });
});

test("what is suspended is not waited for, and what was never seen is", () => {
  const suspended: FluxHealth = { ready: "Unknown", reason: "WaitingForFlux", message: "", suspended: true };
  expect(firstComplaint([environment("development", suspended, suspended)])).toBeUndefined();
  expect(firstComplaint([environment("development", GOOD, GOOD)])).toBeUndefined();
  expect(firstComplaint([environment("development")])).toMatchObject({ reason: "WaitingForFlux" });
});
