import { expect, test } from "bun:test";
import type { ProjectGitOps, SetupStatus } from "../../../src/api/schema.ts";
import { decide, type Refusal, type Step } from "../../../src/machine/index.ts";
import { describe, homeNamespace, type ObjectId } from "../../../src/plan/index.ts";
import { conclude } from "./kstatus.ts";
import {
  ABSENT,
  allPresent,
  completed,
  deleting,
  desiredState,
  foreign,
  ids,
  live,
  minutesAgo,
  NOW,
  OTHER_UID,
  observed,
  pick,
  present,
  project,
  SAME_ID,
  UID,
} from "./support.ts";

const MISSING = { reason: "CredentialMissing", message: "Secret platform/git does not exist" } as const;
const shop = project();
const desired = desiredState(shop);

/** The project with a set-up record in its status. */
const withSetup = (setup: Partial<SetupStatus>, given: ProjectGitOps = project()): ProjectGitOps => ({
  ...given,
  status: {
    ...given.status,
    setup: {
      uid: UID,
      attempt: 1,
      generation: 1,
      credentialVersion: "7",
      startedAt: minutesAgo(1),
      ...setup,
    },
  },
});
const cause = { reason: "QuotaExceeded", message: "cannot create Secret", at: minutesAgo(5) };
const rollingBack = withSetup({ outcome: "RollingBack", cause });
const failed = (setup: Partial<SetupStatus> = {}) => withSetup({ outcome: "Failed", cause, ...setup });

const refusal: Refusal = { id: pick(desired, "Secret"), reason: "QuotaExceeded", message: "exceeded quota" };

test("a credential that is missing before the first write makes nothing, and is looked for again", () => {
  const step = decide(desiredState(shop, { credential: MISSING }), observed(shop));
  expect(step).toMatchObject({
    kind: "wait",
    phase: "CREATING_NAMESPACES",
    ...MISSING,
    failing: true,
    notLaterThan: NOW + 9 * 60_000,
  });
});

test("a credential that goes missing after COMPLETED leaves the last good copy and everything else in place", () => {
  const { gitSecret: _none, ...rest } = { gitSecret: undefined };
  const state = desiredState(completed(), { credential: MISSING }, rest);
  const without = { ...state, objects: state.objects.filter(({ kind }) => kind !== "Secret") };
  const secret = pick(desired, "Secret");
  const known = [secret];
  const step = decide(
    without,
    observed(completed(), [...allPresent(without), [secret, present(live(secret))]], { known }),
  );
  expect(step).toMatchObject({ kind: "wait", phase: "COMPLETED", ...MISSING, failing: true });
  expect(step).not.toHaveProperty("notLaterThan");
});

test("other repairs go on while the credential is missing after COMPLETED", () => {
  const state = desiredState(completed(), { credential: MISSING });
  const sightings = allPresent(state, ({ kind }) => (kind === "ServiceAccount" ? ABSENT : undefined));
  expect(decide(state, observed(completed(), sightings))).toMatchObject({
    kind: "create",
    phase: "CREATING_RESOURCES",
  });
});

test("a refused write waits with back-off, not beyond setup.timeout", () => {
  const step = decide(
    desired,
    observed(
      shop,
      allPresent(desired, () => ABSENT),
      { refusals: [refusal] },
    ),
  );
  expect(step).toMatchObject({
    kind: "wait",
    phase: "CREATING_SECRETS",
    reason: "QuotaExceeded",
    lookAgainIn: "backoff",
    notLaterThan: NOW + 9 * 60_000,
  });
});

test("when setup.timeout is over, a refused set-up is rolled back with the refusal as its cause", () => {
  const late = withSetup({ startedAt: minutesAgo(11) });
  expect(decide(desired, observed(late, [], { refusals: [refusal] }))).toMatchObject({
    kind: "mark",
    phase: "ROLLING_BACK",
    outcome: "RollingBack",
    cause: { reason: "QuotaExceeded", object: refusal.id },
  });
});

test("what the cluster lacks, such as Flux, is waited for beyond setup.timeout, and nothing is rolled back", () => {
  const late = withSetup({ startedAt: minutesAgo(11) });
  const step = decide(desired, observed(late, [], { refusals: [{ ...refusal, untimed: true }] }));
  expect(step).toMatchObject({ kind: "wait", reason: refusal.reason, lookAgainIn: "backoff" });
});

test("time before this process first read the API server does not count towards setup.timeout", () => {
  const late = withSetup({ startedAt: minutesAgo(60) });
  const step = decide(desired, observed(late, [], { refusals: [refusal], watchedSince: NOW - 60_000 }));
  expect(step).toMatchObject({ kind: "wait", notLaterThan: NOW + 9 * 60_000 });
});

test("onFailure: Keep leaves all as it is", () => {
  const keep = withSetup({ startedAt: minutesAgo(11) }, project({ setup: { onFailure: "Keep" } }));
  expect(decide(desired, observed(keep, [], { refusals: [refusal] }))).toMatchObject({
    kind: "mark",
    phase: "FAILED",
    outcome: "Failed",
  });
});

const NO_PROOF: [string, ProjectGitOps][] = [
  [
    "its annotation is of another object",
    project({}, { annotations: { "projectgitops.dev/setup": `${OTHER_UID}/x` } }),
  ],
  ["it has no annotation", project({}, { annotations: {} })],
];
for (const [why, given] of NO_PROOF)
  test(`nothing is rolled back when ${why}`, () => {
    const late = withSetup({ startedAt: minutesAgo(11) }, given);
    expect(decide(desired, observed(late, [], { refusals: [refusal] }))).toMatchObject({ outcome: "Failed" });
    const marked = withSetup({ outcome: "RollingBack", cause }, given);
    expect(decide(desired, observed(marked, allPresent(desired)))).toMatchObject({
      kind: "mark",
      outcome: "Failed",
    });
  });

test("after COMPLETED a refusal is retried for ever", () => {
  const late = withSetup({ startedAt: minutesAgo(600) }, completed());
  const step = decide(desired, observed(late, [], { refusals: [refusal] }));
  expect(step).toMatchObject({ kind: "wait", failing: true });
  expect(step).not.toHaveProperty("notLaterThan");
});

test("the annotation forbids rollback also when the status was lost", () => {
  const lost = withSetup(
    { outcome: "RollingBack", cause },
    project({}, { annotations: { "projectgitops.dev/completed": UID } }),
  );
  expect(decide(desired, observed(lost, allPresent(desired)))).toMatchObject({
    kind: "mark",
    outcome: "Failed",
  });
});

test("a rollback that was read back reads everything before it removes anything, Namespaces first", () => {
  const step = decide(desired, observed(rollingBack));
  expect(step).toMatchObject({ kind: "read", phase: "ROLLING_BACK" });
  expect("objects" in step && new Set(step.objects.map(({ kind }) => kind))).toEqual(new Set(["Namespace"]));
});

test("a rollback removes in reverse order what this set-up made", () => {
  let sightings = allPresent(desired);
  const order: string[] = [];
  for (let guard = 0; guard < 10; guard++) {
    const step = decide(desired, observed(rollingBack, sightings));
    if (step.kind !== "delete") {
      expect(step).toMatchObject({
        kind: "mark",
        phase: "FAILED",
        outcome: "Failed",
        cause: { reason: "QuotaExceeded" },
      });
      break;
    }
    expect(step.phase).toBe("ROLLING_BACK");
    order.push([...new Set(step.objects.map(({ kind }) => kind))].join(" "));
    const gone = new Set(ids(step.objects));
    sightings = sightings.map(([id, was]) => [id, gone.has(ids([id])[0] ?? "") ? ABSENT : was]);
  }
  expect(order).toEqual([
    "Kustomization",
    "GitRepository",
    "Secret",
    "RoleBinding",
    "ServiceAccount",
    "Namespace",
  ]);
});

test("a rollback leaves what this set-up did not make, though it is ours", () => {
  const secret = pick(desired, "Secret");
  const { "projectgitops.dev/created-by": _by, ...annotations } = live(secret).metadata.annotations ?? {};
  const sightings = allPresent(desired, (object) => {
    if (object === secret) return present(live(object, { metadata: { annotations } }));
    return object.kind === "Namespace" && object.name.endsWith("development") ? undefined : ABSENT;
  });
  expect(decide(desired, observed(rollingBack, sightings))).toMatchObject({
    objects: [{ kind: "Namespace" }],
  });
});

test("a rollback that finds someone else's Namespace looks into it no further", () => {
  const sightings = allPresent(desired, (object) => {
    if (object.kind === "Namespace") return present(foreign(object));
    return { state: "listed" };
  });
  expect(decide(desired, observed(rollingBack, sightings))).toMatchObject({
    kind: "mark",
    outcome: "Failed",
  });
});

const HISTORIES: [string, object][] = [
  ["lastAppliedRevision", { lastAppliedRevision: "main@sha1:1" }],
  ["lastAttemptedRevision", { lastAttemptedRevision: "main@sha1:1" }],
  ["an inventory", { inventory: { entries: [{ id: "x", v: "v1" }] } }],
  ["Helm history", { history: [{ chartVersion: "1.0.0" }] }],
];
for (const [what, status] of HISTORIES)
  test(`a rollback stops where Flux shows ${what} in any environment: it removes nothing`, () => {
    const sightings = allPresent(desired, (object) =>
      object.kind === "Kustomization" && homeNamespace(object).endsWith("production")
        ? present(live(object, { status }))
        : undefined,
    );
    expect(decide(desired, observed(rollingBack, sightings))).toMatchObject({
      kind: "mark",
      outcome: "Failed",
    });
  });

test("an empty inventory is no history", () => {
  const sightings = allPresent(desired, ({ kind }) =>
    kind === "Kustomization"
      ? present(live(pick(desired, kind), { status: { inventory: { entries: [] } } }))
      : undefined,
  );
  expect(decide(desired, observed(rollingBack, sightings))).toMatchObject({ kind: "delete" });
});

test("nobody creates while RollingBack stands: what is missing stays so", () => {
  expect(
    decide(
      desired,
      observed(
        rollingBack,
        allPresent(desired, () => ABSENT),
      ),
    ),
  ).toMatchObject({
    kind: "mark",
    outcome: "Failed",
  });
});

test("a delete that is refused during a rollback waits and is tried again, without another mark", () => {
  const late = withSetup({ outcome: "RollingBack", cause, startedAt: minutesAgo(60) });
  const refusals: Refusal[] = [
    { id: pick(desired, "Kustomization"), reason: "Forbidden", message: "denied" },
  ];
  expect(decide(desired, observed(late, allPresent(desired), { refusals }))).toMatchObject({
    kind: "wait",
    phase: "ROLLING_BACK",
    reason: "Forbidden",
    lookAgainIn: "backoff",
  });
});

test("a delete that is refused during deletion waits and is tried again", () => {
  const refusals: Refusal[] = [
    { id: pick(desired, "Kustomization"), reason: "Forbidden", message: "denied" },
  ];
  const going = deleting(completed());
  expect(decide(desired, observed(going, allPresent(desired), { refusals }))).toMatchObject({
    kind: "wait",
    phase: "DELETING",
    reason: "Forbidden",
    lookAgainIn: "backoff",
    failing: true,
  });
});

test("a failed set-up stays so while nothing changes", () => {
  expect(decide(desired, observed(failed()))).toMatchObject({
    kind: "stall",
    phase: "FAILED",
    reason: "QuotaExceeded",
    message: "cannot create Secret",
  });
});

const CHANGES: [string, ProjectGitOps, string | undefined][] = [
  ["the spec", { ...failed(), metadata: { ...failed().metadata, generation: 2 } }, "7"],
  ["the credential", failed(), "8"],
  [
    "a request for a pass",
    {
      ...failed(),
      metadata: {
        ...failed().metadata,
        annotations: { ...failed().metadata.annotations, "reconcile.fluxcd.io/requestedAt": "now" },
      },
    },
    "7",
  ],
];
for (const [what, given, credentialVersion] of CHANGES)
  test(`a failed set-up begins again when ${what} changes`, () => {
    const state = desiredState(given, credentialVersion ? { credentialVersion } : {});
    const now = observed(given);
    const step = decide(state, now);
    expect(step).toMatchObject({ kind: "mark", outcome: "Retrying", phase: "CREATING_NAMESPACES" });
    const { status, visit } = conclude(state, now, step);
    expect(status.setup).toMatchObject({ attempt: 2, startedAt: "2026-11-22T06:00:00Z" });
    expect(status.setup).not.toHaveProperty("outcome");
    expect(visit).toEqual({ kind: "now" });
    expect(decide(state, observed({ ...given, status }))).toMatchObject({ kind: "create" });
  });

test("a set-up that failed on someone else's object goes on by itself when that is gone", () => {
  const held = { reason: "HeldByAnother", message: "held", object: "Namespace project-shop-development" };
  const given = failed({ cause: held });
  const namespace = pick(desired, "Namespace");
  expect(decide(desired, observed(given))).toMatchObject({
    kind: "read",
    objects: [{ name: namespace.name }],
  });
  expect(decide(desired, observed(given, [[namespace, present(foreign(namespace))]]))).toMatchObject({
    kind: "stall",
  });
  expect(decide(desired, observed(given, [[namespace, ABSENT]]))).toMatchObject({ outcome: "Retrying" });
});

test("a set-up that failed on someone else's object goes on by itself when that is handed over", () => {
  const handedOver = (id: ObjectId) => {
    const held = foreign(id);
    return present({
      ...held,
      metadata: { ...held.metadata, labels: { "projectgitops.dev/adopt": "shop" } },
    });
  };
  const namespace = pick(desired, "Namespace");
  const failedOn = (id: ObjectId) =>
    failed({ cause: { reason: "HeldByAnother", message: "held", object: describe(id) } });
  expect(decide(desired, observed(failedOn(namespace), [[namespace, handedOver(namespace)]]))).toMatchObject({
    outcome: "Retrying",
  });
  // Inside, whose it is depends on the Namespace: both are read.
  const secret = pick(desired, "Secret");
  const given = failedOn(secret);
  expect(decide(desired, observed(given))).toMatchObject({
    kind: "read",
    objects: [{ name: namespace.name }, { name: secret.name }],
  });
  const ours = [
    [namespace, present(live(namespace))],
    [secret, handedOver(secret)],
  ] as const;
  expect(decide(desired, observed(given, ours))).toMatchObject({ outcome: "Retrying" });
  const theirs = [
    [namespace, present(foreign(namespace))],
    [secret, handedOver(secret)],
  ] as const;
  expect(decide(desired, observed(given, theirs))).toMatchObject({ kind: "stall" });
});

test("a set-up that failed as a duplicate goes on by itself when the older one is gone", () => {
  const given = failed({ cause: { reason: "DuplicateProject", message: "older" } });
  const peers = [{ key: "team-b/shop", uid: "x", creationTimestamp: "2020-01-01T00:00:00Z", ...SAME_ID }];
  expect(decide(desired, observed(given, [], { peers }))).toMatchObject({ kind: "stall", phase: "FAILED" });
  expect(decide(desired, observed(given))).toMatchObject({ outcome: "Retrying" });
});

test("a change that comes while a set-up is rolled back is not lost: it begins again after Failed", () => {
  const changed = { ...rollingBack, metadata: { ...rollingBack.metadata, generation: 2 } };
  const now = observed(
    changed,
    allPresent(desired, () => ABSENT),
  );
  const step = decide(desired, now);
  const { status } = conclude(desired, now, step);
  expect(status.setup?.outcome).toBe("Failed");
  expect(decide(desired, observed({ ...changed, status }))).toMatchObject({ outcome: "Retrying" });
});

test("a set-up that failed for a credential that was removed on the way does not begin again by itself", () => {
  const late = withSetup({ startedAt: minutesAgo(11) });
  const { credentialVersion: _gone, ...state } = desiredState(late, { credential: MISSING });
  const now = observed(late);
  const step: Step = decide(state, now);
  expect(step).toMatchObject({ kind: "mark", outcome: "RollingBack" });
  const { status } = conclude(state, now, step);
  const after = { ...late, status: { ...status, setup: { ...status.setup, outcome: "Failed" as const } } };
  expect(decide(state, observed(after))).toMatchObject({ kind: "stall", phase: "FAILED" });
});

test("a record that was restored from a backup is another object's, and is not believed", () => {
  const restored = withSetup({ uid: OTHER_UID, outcome: "RollingBack", cause });
  expect(decide(desired, observed(restored))).toMatchObject({ kind: "create", phase: "CREATING_NAMESPACES" });
});
