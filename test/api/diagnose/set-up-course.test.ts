import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually } from "../../cluster/index.ts";
import { remove, untilGone } from "../issue-4/support.ts";
import { type Gate, openGate } from "../support/gate.ts";
import { deny } from "../support/policy.ts";
import { SECRETS, untilPhase, untilProject } from "../support/scope.ts";
import { type Lab, openLab } from "./lab.ts";
import { applyAs, homeOf, mendedBy, ONE, uniqueProject, untilReason } from "./support.ts";

let lab: Lab;
/** A set-up that is held up from the beginning, for it takes half a minute until that is a finding. */
let slow: string;
let gate: Gate;
beforeAll(async () => {
  lab = await openLab();
  slow = uniqueProject();
  gate = await openGate(lab, slow);
  gate.hold(["Namespace"]);
  await applyAs(lab, slow);
  await eventually(() => gate.arrived.length > 0, { description: "the set-up has begun" });
  const begun = Date.now();
  // A pass tells where it stands when it has lasted for a second.
  await eventually(() => Date.now() - begun > 1500, { description: "the pass lasts" });
  gate.open();
  gate.hold(["Secret"]);
}, 60_000);
afterAll(async () => {
  await gate.close();
  await lab.stop();
});

const HOLD = "example.com/hold";

test("SetupSlow: absent while a set-up is a few seconds old", async () => {
  await untilPhase(lab, slow, "CREATING_SECRETS");
  expect(await lab.ids(slow)).toEqual([]);
});

describe("a set-up that a policy makes impossible, and whose rollback is held up", () => {
  const name = uniqueProject();
  beforeAll(async () => {
    const allow = await deny(lab, { projectId: name, kind: "Kustomization" });
    await applyAs(lab, name, { ...ONE, setup: { timeout: "10s" } });
    await untilReason(lab, name, "Forbidden");
    const secret = { namespace: homeOf(name), name: `${name}-git-auth` };
    await lab.admin.patch(SECRETS, secret, { metadata: { finalizers: [HOLD] } }, { type: "merge" });
    await untilPhase(lab, name, "ROLLING_BACK");
    await allow();
  }, 90_000);

  test("RollingBack: found when what a set-up made does not go, with the first cause", async () => {
    const first = await lab.first(name, "RollingBack");
    expect(first.severity).toBe("error");
    expect(first.what).toContain(`the set-up of ${name} was given up (Forbidden)`);
    expect(first.evidence).toContain("first cause: cannot create Kustomization");
    expect(await lab.ids(name)).toEqual(["RollingBack"]);
  });

  test("SetupFailed: found when the rollback is over, and a pass starts it again", async () => {
    const secret = { namespace: homeOf(name), name: `${name}-git-auth` };
    await lab.admin.patch(SECRETS, secret, { metadata: { finalizers: null } }, { type: "merge" });
    await untilPhase(lab, name, "FAILED");
    const first = await lab.first(name, "SetupFailed");
    expect(first.evidence).toContain("Kustomization objects are not allowed here");
    expect(first.fix).toBe(`projectgitops reconcile ${name} -n ${lab.namespace}`);
    expect(await lab.ids(name)).toEqual(["SetupFailed"]);
    await mendedBy(lab, name, first.fix);
  }, 60_000);
});

test("RollingBack: absent when the project itself is being deleted, and something does not go", async () => {
  const name = await lab.project(ONE);
  const secret = { namespace: homeOf(name), name: `${name}-git-auth` };
  await lab.admin.patch(SECRETS, secret, { metadata: { finalizers: [HOLD] } }, { type: "merge" });
  await remove(lab, name);
  await untilProject(lab, name, ({ status }) => status?.phase === "DELETING", "is being deleted");
  expect(await lab.ids(name)).toEqual([]);
  await lab.admin.patch(SECRETS, secret, { metadata: { finalizers: null } }, { type: "merge" });
  await untilGone(lab, name);
}, 60_000);

test("SetupFailed: absent when a set-up is refused and still tries: the refusal is told", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "RoleBinding" });
  await applyAs(lab, name);
  await untilReason(lab, name, "Forbidden");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await allow();
}, 60_000);

test("SetupFailed: absent when it failed and the policy still stands: the policy is told, with the new start in its fix", async () => {
  const name = uniqueProject();
  const allow = await deny(lab, { projectId: name, kind: "RoleBinding" });
  await applyAs(lab, name, { ...ONE, setup: { timeout: "10s" } });
  await untilPhase(lab, name, "FAILED");
  const first = await lab.first(name, "PolicyDenies");
  expect(await lab.ids(name)).toEqual(["PolicyDenies"]);
  await allow();
  await mendedBy(lab, name, first.fix?.split("\n")[1]);
}, 90_000);

test("SetupSlow: found when a set-up stands still for half a minute, and goes with what held it up", async () => {
  const first = await eventually(() => lab.first(slow, "SetupSlow"), {
    description: "it is found",
    deadlineMs: 60_000,
    everyMs: 2000,
  });
  expect(first.severity).toBe("warning");
  expect(first.what).toContain(`the set-up of ${slow} stands in CREATING_SECRETS`);
  expect(await lab.ids(slow)).toEqual(["SetupSlow"]);
  gate.open();
  await mendedBy(lab, slow, `projectgitops reconcile ${slow} -n ${lab.namespace}`);
}, 120_000);
