import { expect, test } from "bun:test";
import type { ProjectGitOps, ProjectGitOpsStatus } from "../../../src/api/schema.ts";
import { statusSchema } from "../../../src/api/status.ts";
import {
  type DesiredState,
  decide,
  fromInventory,
  type Observed,
  type Step,
  type Visit,
} from "../../../src/machine/index.ts";
import { inventoryEntry } from "../../../src/machine/inventory.ts";
import type { Desired } from "../../../src/plan/index.ts";
import { conclude } from "./kstatus.ts";
import { brokenRules } from "./kstatus-rules.ts";
import {
  ABSENT,
  allPresent,
  completed,
  deleting,
  desiredState,
  foreign,
  live,
  minutesAgo,
  NOW,
  observed,
  pick,
  present,
  project,
  UID,
} from "./support.ts";

const shop = project();
const desired = desiredState(shop);
const TIME = "2026-11-22T06:00:00Z";

/** Decides and concludes at once, as a pass does at its end. */
function outcome(state: DesiredState, now: Observed) {
  const step = decide(state, now);
  return { step, ...conclude(state, now, step) };
}
const readyOf = (status: ProjectGitOpsStatus) => status.conditions?.find(({ type }) => type === "Ready");
const typesOf = (status: ProjectGitOpsStatus) =>
  (status.conditions ?? []).map(({ type, status }) => `${type}=${status}`);

/** A Flux object with Ready as given. */
const flux = (object: Desired, status: string, message = "", reason = "Succeeded") =>
  present(
    live(object, {
      status: { conditions: [{ type: "Ready", status, reason, message, observedGeneration: 1 }] },
    }),
  );
const withFlux = (status: string) => (object: Desired) =>
  object.kind === "GitRepository" || object.kind === "Kustomization"
    ? flux(object, status, "said Flux")
    : undefined;

test("everything in place and Flux Ready: Ready=True alone, and nothing to do but the resync", () => {
  const { status, visit } = outcome(desired, observed(shop, allPresent(desired, withFlux("True"))));
  expect(typesOf(status)).toEqual(["Ready=True"]);
  expect(status).toMatchObject({
    phase: "COMPLETED",
    environmentsReady: "2/2",
    completedAt: TIME,
    observedGeneration: 1,
  });
  expect(readyOf(status)?.message).toBe("2 of 2 environments ready, 12 objects in place");
  expect(visit).toEqual({ kind: "resync" });
});

test("everything in place and Flux silent: COMPLETED, Ready=Unknown, and its objects are looked at in turn", () => {
  const { status, visit } = outcome(desired, observed(shop, allPresent(desired)));
  expect(status.phase).toBe("COMPLETED");
  expect(typesOf(status)).toEqual(["Ready=Unknown", "Reconciling=True"]);
  expect(readyOf(status)).toMatchObject({ reason: "WaitingForFlux" });
  expect(visit).toEqual({ kind: "flux" });
});

test("everything in place and Flux failing: COMPLETED, Ready=False with Flux's own words", () => {
  const { status } = outcome(desired, observed(shop, allPresent(desired, withFlux("False"))));
  expect(typesOf(status)).toEqual(["Ready=False", "Reconciling=True"]);
  expect(readyOf(status)).toMatchObject({
    reason: "SourceNotReady",
    message: "development: cannot fetch from git: said Flux",
  });
  expect(status.environments?.[1]?.delivery).toMatchObject({ ready: "False", message: "said Flux" });
});

test("what Flux said of an intact object, and before this pass, stays in the status", () => {
  const health = { ready: "True", reason: "Succeeded", message: "", revision: "main@sha1:1" } as const;
  const known = allPresent(desired, (object) => ({ state: "intact", hash: object.hash, health }));
  const { status } = outcome(desired, observed(shop, known));
  expect(status.environments?.[0]?.source).toEqual(health);
  const later = { ...shop, status };
  const unread = allPresent(desired, (object) => ({ state: "intact", hash: object.hash }));
  expect(outcome(desired, observed(later, unread)).status.environments).toEqual(status.environments ?? []);
});

test("suspended environments are not waited for, and are named", () => {
  const state = desiredState(project({ environments: [{ name: "development", suspend: true }] }));
  const { status } = outcome(
    state,
    observed(project({ environments: [{ name: "development", suspend: true }] }), allPresent(state)),
  );
  expect(readyOf(status)).toMatchObject({
    status: "True",
    message: expect.stringContaining("(suspended: development)"),
  });
});

test("completedAt is written once and never moves", () => {
  const first = outcome(desired, observed(shop, allPresent(desired))).status;
  const later = outcome(desired, {
    ...observed({ ...shop, status: first }, allPresent(desired)),
    now: NOW + 3_600_000,
  });
  expect(later.status.completedAt).toBe(TIME);
  expect(later.status.setup).toEqual(first.setup ?? {});
});

test("a set-up that is not complete has no completedAt", () => {
  for (const step of [
    decide(desired, observed(shop)),
    { kind: "stall", phase: "COMPLETED", reason: "Suspended", message: "x" } as Step,
  ])
    expect(conclude(desired, observed(shop), step).status).not.toHaveProperty("completedAt");
});

test("the time of a condition moves only when its status does", () => {
  const before = outcome(desired, observed(shop, allPresent(desired))).status;
  const again = outcome(desired, {
    ...observed({ ...shop, status: before }, allPresent(desired)),
    now: NOW + 60_000,
  });
  expect(again.status.conditions).toEqual(before.conditions ?? []);
  const changed = outcome(desired, {
    ...observed({ ...shop, status: before }, allPresent(desired, withFlux("True"))),
    now: NOW + 60_000,
  });
  expect(readyOf(changed.status)?.lastTransitionTime).toBe("2026-11-22T06:01:00Z");
});

test("a repeated pass over the same world concludes the very same status", () => {
  const first = outcome(desired, observed(shop, allPresent(desired, withFlux("True")))).status;
  const again = outcome(desired, {
    ...observed({ ...shop, status: first }, allPresent(desired, withFlux("True"))),
    now: NOW + 9999,
  });
  expect(again.status).toEqual(first);
});

test("the first attempt is recorded with what it began from", () => {
  const state = desiredState(shop, { credentialVersion: "7" });
  const step = decide(state, observed(shop));
  const { status } = conclude(state, observed(shop), step, [
    { name: "CREATING_NAMESPACES", startedAt: TIME },
  ]);
  expect(status.setup).toEqual({
    uid: UID,
    attempt: 1,
    generation: 1,
    credentialVersion: "7",
    startedAt: minutesAgo(1),
    phases: [{ name: "CREATING_NAMESPACES", startedAt: TIME }],
  });
});

test("requestedAt is handed back when it was handled", () => {
  const asked = project({}, { annotations: { "reconcile.fluxcd.io/requestedAt": "42" } });
  expect(outcome(desired, observed(asked, allPresent(desired))).status.lastHandledReconcileAt).toBe("42");
});

test("the inventory holds what is there and ours, and nothing of anybody else's", () => {
  const secret = pick(desired, "Secret");
  const now = observed(
    shop,
    allPresent(desired, (object) => {
      if (object === secret) return present(foreign(object));
      return object.kind === "Kustomization" ? ABSENT : undefined;
    }),
  );
  const { status } = outcome(desired, now);
  const entries = status.inventory?.entries.map(({ id }) => id) ?? [];
  expect(entries).toHaveLength(9);
  expect(entries).not.toContain("project-shop-development_shop-git-auth__Secret");
  expect(entries).toContain("project-shop-development_shop-repo_source.toolkit.fluxcd.io_GitRepository");
  expect(entries).toContain("_project-shop-development__Namespace");
});

test("what was known before stays in the inventory until it was seen to be gone", () => {
  const before: ProjectGitOps = {
    ...completed(),
    status: {
      completedAt: TIME,
      inventory: { entries: [inventoryEntry({ kind: "Secret", namespace: "project-shop-old", name: "x" })] },
    },
  };
  const wait = {
    kind: "wait",
    phase: "COMPLETED",
    reason: "RequestFailed",
    message: "x",
    lookAgainIn: "backoff",
    failing: true,
  } as const;
  const kept = conclude(desired, observed(before), wait).status.inventory?.entries;
  expect(kept).toEqual([{ id: "project-shop-old_x__Secret", v: "v1" }]);
  const gone = observed(before, [[{ kind: "Secret", namespace: "project-shop-old", name: "x" }, ABSENT]]);
  expect(conclude(desired, gone, wait).status.inventory?.entries).toEqual([]);
  // The status that would have told so may have been lost on its way, and then only the Namespace is looked at.
  const homeless = observed(before, [
    [{ kind: "Namespace", namespace: "", name: "project-shop-old" }, ABSENT],
  ]);
  expect(conclude(desired, homeless, wait).status.inventory?.entries).toEqual([]);
});

test("inventory entries are read back to the object that they name; unknown ones are left to others", () => {
  for (const object of desired.objects) {
    const { kind, namespace, name } = object;
    expect(fromInventory(inventoryEntry(object))).toEqual({ kind, namespace, name });
  }
  for (const id of ["", "a_b", "a_b__Pod", "a___Secret"])
    expect(fromInventory({ id, v: "v1" })).toBeUndefined();
});

const wait = (lookAgainIn: number | "backoff", more = {}): Step =>
  ({
    kind: "wait",
    phase: "CREATING_SECRETS",
    reason: "Forbidden",
    message: "no",
    lookAgainIn,
    failing: true,
    ...more,
  }) as Step;
const mark = (result: "RollingBack" | "Failed" | "Retrying", reason = "QuotaExceeded"): Step =>
  ({
    kind: "mark",
    phase: result === "Failed" ? "FAILED" : "ROLLING_BACK",
    outcome: result,
    cause: { reason, message: "no" },
  }) as Step;
const stall = (reason: string): Step => ({ kind: "stall", phase: "FAILED", reason, message: "no" }) as Step;

const VISITS: [string, Step, Visit][] = [
  ["a wait with a time comes back then", wait(500), { kind: "after", ms: 500 }],
  ["a wait with back-off uses the project's own", wait("backoff"), { kind: "backoff" }],
  [
    "a wait of a set-up ends at its time-out at the latest",
    wait("backoff", { notLaterThan: 9 }),
    { kind: "backoff", notLaterThan: 9 },
  ],
  ["a rollback goes on at once, by a pass that reads it back", mark("RollingBack"), { kind: "now" }],
  ["a new attempt begins at once", mark("Retrying"), { kind: "now" }],
  ["a failed set-up waits for a change", mark("Failed"), { kind: "resync" }],
  [
    "a set-up that failed on a conflict is looked at again at each resync",
    mark("Failed", "HeldByAnother"),
    { kind: "reconsider" },
  ],
  ["so is a duplicate", stall("DuplicateProject"), { kind: "reconsider" }],
  ["and one inside a managed namespace", stall("NestedProject"), { kind: "reconsider" }],
  ["an invalid spec waits for a change", stall("InvalidSpec"), { kind: "resync" }],
];
for (const [sentence, step, visit] of VISITS)
  test(`the next visit: ${sentence}`, () =>
    expect(conclude(desired, observed(shop), step).visit).toEqual(visit));

const CONDITIONS: [string, Step, string[]][] = [
  ["work under way", decide(desired, observed(shop)), ["Ready=Unknown", "Reconciling=True"]],
  ["a failing wait", wait("backoff"), ["Ready=False", "Reconciling=True"]],
  ["a wait that is only unfinished", wait(500, { failing: false }), ["Ready=Unknown", "Reconciling=True"]],
  ["a rollback", mark("RollingBack"), ["Ready=False", "Reconciling=True"]],
  ["a failed set-up", mark("Failed"), ["Ready=False", "Stalled=True"]],
  ["a stall", stall("InvalidSpec"), ["Ready=False", "Stalled=True"]],
  ["a new attempt", mark("Retrying"), ["Ready=Unknown", "Reconciling=True"]],
];
for (const [sentence, step, types] of CONDITIONS)
  test(`conditions: ${sentence}`, () => {
    expect(typesOf(conclude(desired, observed(shop), step).status)).toEqual(types);
  });

test("a suspended project keeps the Ready that it had", () => {
  const was = {
    ...completed({ suspend: true }),
    status: outcome(desired, observed(shop, allPresent(desired, withFlux("True")))).status,
  };
  const { status } = outcome({ objects: [] }, observed(was));
  expect(readyOf(status)).toMatchObject({ status: "True", reason: "Suspended" });
});

test("setup.timeout begins anew with the first pass after a suspension", () => {
  const paused = outcome({ objects: [] }, observed(project({ suspend: true }))).status;
  const resumed = {
    ...project(),
    status: { ...paused, setup: { ...paused.setup, startedAt: minutesAgo(60) } },
  };
  const problem = { reason: "CredentialMissing", message: "x" } as const;
  const { step, status } = outcome(desiredState(resumed, { credential: problem }), observed(resumed));
  expect(step).toMatchObject({ kind: "wait", notLaterThan: NOW + 10 * 60_000 });
  expect(status.setup?.startedAt).toBe(TIME);
});

test("failurePolicy.suspendAfter gives up a project that has failed for that long, and a change resumes it", () => {
  const spec = { failurePolicy: { suspendAfter: "24h" } } as const;
  const failing = observed(completed(spec), allPresent(desired, withFlux("False")));
  const first = conclude(desired, failing, decide(desired, failing)).status;
  expect(first.suspension).toBeUndefined();
  const later = { ...failing, project: { ...failing.project, status: first }, now: NOW + 25 * 3_600_000 };
  const { status, visit } = conclude(desired, later, decide(desired, later));
  expect(status.suspension).toMatchObject({ generation: 1, credentialVersion: "7" });
  expect(typesOf(status)).toEqual(["Ready=False", "Stalled=True"]);
  expect(readyOf(status)?.reason).toBe("FailingForLong");
  expect(visit).toEqual({ kind: "now" });
  const changed = { ...later.project, metadata: { ...later.project.metadata, generation: 2 }, status };
  const resumed = { ...failing, project: changed, now: later.now + 1000 };
  expect(conclude(desired, resumed, decide(desired, resumed)).status.suspension).toBeUndefined();
});

test("a deletion says so", () => {
  const { status } = outcome({ objects: [] }, observed(deleting(completed()), allPresent(desired)));
  expect(status.phase).toBe("DELETING");
  expect(readyOf(status)).toMatchObject({ status: "Unknown", reason: "Deleting" });
});

test("the checker itself sees a status that lies", () => {
  const good = outcome(desired, observed(shop, allPresent(desired, withFlux("True")))).status;
  expect(brokenRules(good, shop)).toEqual([]);
  const [ready] = good.conditions ?? [];
  if (!ready) throw new Error("no Ready");
  expect(brokenRules({ ...good, conditions: [ready, { ...ready, type: "Stalled" }] }, shop)).toContain(
    "Ready=True never stands beside Stalled",
  );
  expect(brokenRules({ ...good, phase: "CREATING_SECRETS" }, shop)).toEqual([
    "Ready=True only when COMPLETED",
  ]);
  expect(brokenRules({ ...good, observedGeneration: 0 }, shop)).toHaveLength(1);
  expect(brokenRules({ ...good, conditions: [] }, shop)).toContain("Ready is always there");
});

test("neither a message nor a request without end can have the whole status refused", () => {
  const endless = "x".repeat(100_000);
  const asked = project({}, { annotations: { "reconcile.fluxcd.io/requestedAt": endless } });
  const refused = {
    kind: "wait",
    phase: "CREATING_RESOURCES",
    reason: "Forbidden",
    message: `cannot create RoleBinding a/b: ${endless}`,
    lookAgainIn: "backoff",
    failing: true,
  } as const;
  const { status } = conclude(desired, observed(asked), refused);
  expect(statusSchema.safeParse(status).error).toBeUndefined();
  expect(status.message).toStartWith("cannot create RoleBinding a/b: ");
  const given = { kind: "mark", phase: "FAILED", outcome: "Failed", cause: refused } as const;
  expect(statusSchema.safeParse(conclude(desired, observed(asked), given).status).error).toBeUndefined();
});

test("a phase that was entered twice is told once: the API server takes no second entry of a name", () => {
  const entered = (["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_NAMESPACES"] as const).map(
    (name) => ({
      name,
      startedAt: TIME,
    }),
  );
  const wait = {
    kind: "wait",
    phase: "CREATING_NAMESPACES",
    reason: "NamespaceTerminating",
    message: "x",
    lookAgainIn: 1000,
    failing: false,
  } as const;
  const { phases = [] } = conclude(desired, observed(project()), wait, entered).status.setup ?? {};
  expect(phases.map(({ name }) => name)).toEqual(["CREATING_NAMESPACES", "CREATING_SECRETS"]);
});
