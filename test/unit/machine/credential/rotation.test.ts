import { expect, test } from "bun:test";
import type { Desired } from "../../../../src/plan/index.ts";
import { desiredState, live, NOW, observed, present } from "../support.ts";
import {
  action,
  ago,
  at,
  begun,
  FAILURE,
  failed,
  flux,
  fresh,
  generated,
  HOUR,
  MINUTE,
  next,
  outcome,
  settled,
  slot,
  TARGET,
  world,
} from "./support.ts";

const OLD = slot("a", { createdAt: ago(720 * HOUR), promotedAt: ago(720 * HOUR) });
const ROTATE = { annotations: { "projectgitops.dev/rotate": "1" } };
const REVOKE = { annotations: { "projectgitops.dev/revoke": "1" } };
const REFUSED = "ssh: handshake failed: ssh: unable to authenticate";

test("at its age a credential is replaced, and not before", () => {
  expect(action(world(settled(), generated({ current: OLD })))).toEqual({ do: "make" });
  const younger = { ...OLD, createdAt: ago(720 * HOUR - 1000) };
  const { step, visit } = outcome(world(settled(), generated({ current: younger })));
  expect(step.kind).toBe("settled");
  expect(visit).toEqual({ kind: "resync", notLaterThan: NOW + 1000 });
});

test("one that ends by itself is replaced at 2/3 of its life", () => {
  const token = (made: number, ends: number) =>
    generated({ current: slot("a", { createdAt: ago(made), expiresAt: at(NOW + ends) }) });
  expect(action(world(settled(), token(20 * HOUR, 10 * HOUR)))).toEqual({ do: "make" });
  const { step, visit } = outcome(world(settled(), token(19 * HOUR, 11 * HOUR)));
  expect(step.kind).toBe("settled");
  expect(visit).toEqual({ kind: "resync", notLaterThan: NOW + HOUR });
});

test("any new value of rotate or revoke asks for another one now; the one that was handled does not", () => {
  for (const asked of [ROTATE, REVOKE]) {
    const shop = settled({}, asked);
    expect(action(world(shop, generated({ current: slot("a") })))).toEqual({ do: "make" });
    const handled = generated({ current: slot("a"), rotate: "1", revoke: "1" });
    expect(next(world(shop, handled)).kind).toBe("settled");
    const before = generated({ current: slot("a"), rotate: "0", revoke: "0" });
    expect(action(world(shop, before))).toEqual({ do: "make" });
  }
});

test("a rotation does not begin while the one that was replaced is still there, even if it is asked for", () => {
  const slots = { current: OLD, previous: slot("z", { leaves: "whenProved" }) };
  const unproved = flux({ production: "Unknown" });
  for (const shop of [settled(), settled({}, ROTATE)])
    expect(next(world(shop, generated(slots), unproved)).kind).toBe("settled");
});

test("and not in the pass that revoked it: what a pass has carried to the environments it does not replace again", () => {
  const slots = generated({ current: slot("b") }, { succeeded: true });
  const { step, visit } = outcome(world(settled({}, ROTATE), slots));
  expect(step.kind).toBe("settled");
  expect(visit).toEqual({ kind: "resync", notLaterThan: NOW + 15_000 });
});

test("what was begun goes on, by its own steps", () => {
  expect(action(world(settled(), generated({ current: slot("a"), next: begun("b") })))).toEqual({
    do: "register",
  });
  const registered = begun("b", { url: "u" });
  expect(action(world(settled(), generated({ current: slot("a"), next: registered })))).toEqual({
    do: "promote",
  });
});

test("a rotation that the host refuses holds nobody up: Ready=True with the note, CredentialReady=False, and a time", () => {
  const slots = { current: OLD, next: begun("b") };
  const { step, status, ready, credential, visit } = outcome(
    world(settled(), generated(slots, { failure: FAILURE })),
  );
  expect(step).toEqual({ kind: "settled", phase: "COMPLETED" });
  expect(ready?.status).toBe("True");
  expect(ready?.message).toContain(`CredentialRotationFailed: ${FAILURE.message}`);
  expect(credential).toMatchObject({ status: "False", reason: "HostUnauthorized" });
  expect(credential?.message).toContain("stays in force");
  const retryAt = Date.parse(status.credential?.failure?.retryAt ?? "");
  expect(retryAt).toBeGreaterThan(NOW);
  expect(visit).toEqual({ kind: "resync", notLaterThan: retryAt });
});

test("it is not tried again before its time, and then it is", () => {
  const slots = { current: OLD, next: begun("b") };
  const early = world(settled({}, {}, failed(NOW + 1000)), generated(slots));
  const { step, status, visit } = outcome(early);
  expect(step.kind).toBe("settled");
  expect(status.credential?.failure).toMatchObject(FAILURE);
  expect(visit).toEqual({ kind: "resync", notLaterThan: Math.max(NOW + 1000, NOW + 15_000) });
  expect(action(world(settled({}, {}, failed(NOW)), generated(slots)))).toEqual({ do: "register" });
});

test("a new rotate annotation does not wait for that time", () => {
  const seen = world(settled({}, ROTATE, failed(NOW + HOUR)), generated({ current: slot("a") }));
  expect(action(seen)).toEqual({ do: "make" });
});

test("a rotation by age waits until a source that fails for another reason works again: it could not be proved", () => {
  const absent = flux("False", "couldn't find remote ref refs/heads/main");
  expect(next(world(settled(), generated({ current: OLD }), absent)).kind).toBe("settled");
  expect(action(world(settled({}, ROTATE), generated({ current: slot("a") }), absent))).toEqual({
    do: "make",
  });
  // It may be just what mends it.
  expect(action(world(settled(), generated({ current: OLD }), flux("False", REFUSED)))).toEqual({
    do: "make",
  });
});

test("a commit that holds the digits 401 is no refused sign-in", () => {
  const slots = { current: slot("b", { promotedAt: ago(MINUTE) }), previous: slot("a") };
  const said = flux("False", "couldn't find commit 4401cafe4039");
  expect(action(world(settled(), generated(slots), said))).toBeUndefined();
  const refused = flux("False", "unexpected client error: 401 Unauthorized");
  expect(action(world(settled(), generated(slots), refused))).toMatchObject({ do: "revert" });
});

const ROTATED = { current: slot("b", { promotedAt: ago(2 * HOUR) }), previous: slot("a") };

test("the old one is revoked when every GitRepository is Ready with the new one and the overlap is over", () => {
  expect(action(world(settled(), generated(ROTATED)))).toEqual({ do: "revoke", slot: "previous" });
});

test("and neither while one is not Ready, nor while the overlap lasts", () => {
  expect(next(world(settled(), generated(ROTATED), flux({ production: "Unknown" }))).kind).toBe("settled");
  const young = { ...ROTATED, current: slot("b", { promotedAt: ago(HOUR - 1000) }) };
  const { step, visit } = outcome(world(settled(), generated(young)));
  expect(step.kind).toBe("settled");
  expect(visit).toEqual({ kind: "resync", notLaterThan: NOW + 1000 });
});

test("a suspended GitRepository is not waited for; where all are suspended nothing is proved", () => {
  const [development, production] = [{ name: "development" }, { name: "production" }];
  const one = settled({ environments: [{ ...development, suspend: true }, production] });
  expect(action(world(one, generated(ROTATED)))).toEqual({ do: "revoke", slot: "previous" });
  const all = settled({
    environments: [
      { ...development, suspend: true },
      { ...production, suspend: true },
    ],
  });
  const { step, visit } = outcome(world(all, generated(ROTATED)));
  expect(step.kind).toBe("settled");
  // Overdue, and nothing here can change it: the next look is not at once.
  expect(visit).toMatchObject({ kind: "resync" });
  expect("notLaterThan" in visit && visit.notLaterThan).toBeGreaterThan(NOW + 5000);
});

test("an environment whose source was never seen proves nothing", () => {
  const seen = world(settled(), generated(ROTATED), (object) =>
    object.kind === "GitRepository" && object.environment === "production"
      ? { state: "intact", hash: object.hash }
      : flux("True")(object),
  );
  expect(next(seen).kind).toBe("settled");
});

test("revoked at once where that was asked for, proved or not", () => {
  const slots = { ...ROTATED, current: slot("b", { promotedAt: ago(0) }) };
  const now = { ...slots, previous: slot("a", { leaves: "now" }) };
  for (const says of [flux("True"), flux("Unknown"), flux("False", REFUSED)])
    expect(action(world(settled(), generated(now), says))).toEqual({ do: "revoke", slot: "previous" });
});

test("a revocation that is asked for during an overlap begins with what is left of the last rotation", () => {
  const slots = { current: slot("b", { promotedAt: ago(MINUTE) }), previous: slot("a") };
  expect(action(world(settled({}, REVOKE), generated(slots)))).toEqual({ do: "revoke", slot: "previous" });
  expect(action(world(settled({}, ROTATE), generated(slots)))).toBeUndefined();
});

test("Flux is refused with the new one: the old one comes back into force, with Flux's words", () => {
  const seen = world(settled(), generated(ROTATED), flux({ production: "False" }, REFUSED));
  expect(next(seen)).toMatchObject({
    kind: "credential",
    phase: "CREATING_SECRETS",
    action: { do: "revert", because: REFUSED },
  });
});

test("any other failure of a source brings the old one back only when it lasts", () => {
  const broken = flux("False", "dial tcp: connection refused");
  const since = (ms: number) => generated({ ...ROTATED, current: slot("b", { promotedAt: ago(ms) }) });
  expect(action(world(settled(), since(10 * MINUTE), broken))).toBeUndefined();
  expect(action(world(settled(), since(10 * MINUTE + 1000), broken))).toMatchObject({ do: "revert" });
});

test("never back to another target, and never to a stray", () => {
  const refused = flux("False", REFUSED);
  const elsewhere = { ...ROTATED, previous: slot("a", { target: { ...TARGET, path: "acme/other" } }) };
  const stray = { ...ROTATED, previous: slot("a", { id: "stray" }) };
  for (const slots of [elsewhere, stray, { current: ROTATED.current }])
    expect(action(world(settled(), generated(slots), refused))).toBeUndefined();
});

test("after that the refused one is revoked at once, and the next try is not soon", () => {
  const back = { current: OLD, previous: slot("b", { leaves: "now" }) };
  const failure = { reason: "CredentialRotationFailed", message: REFUSED } as const;
  const first = outcome(world(settled(), generated(back, { failure, succeeded: false })));
  expect(first.ready?.status).toBe("True");
  expect(first.credential).toMatchObject({ status: "False", reason: "CredentialRotationFailed" });
  const told = first.status.credential;
  expect(told?.failure?.retryAt).toBe(at(NOW + 6 * HOUR));
  const remembered = settled({}, {}, first.status);
  expect(action(world(remembered, generated(back)))).toEqual({ do: "revoke", slot: "previous" });
  // That this succeeds does not end what is told, and no rotation begins.
  const after = outcome(world(remembered, generated({ current: OLD }, { succeeded: true })));
  expect(after.step.kind).toBe("settled");
  expect(after.status.credential?.failure).toEqual(told?.failure);
  expect(after.visit).toEqual({ kind: "resync", notLaterThan: NOW + 6 * HOUR });
  const later = { now: NOW + 6 * HOUR };
  expect(action(world(remembered, generated({ current: OLD }), flux("True"), later))).toEqual({ do: "make" });
  // Another one in force ends it.
  const renewed = { current: slot("c", { promotedAt: ago(0) }), previous: OLD };
  const { status } = outcome(world(remembered, generated(renewed, { succeeded: true })));
  expect(status.credential?.failure).toBeUndefined();
});

test("a revocation that failed is tried again at its time, and the failure is told until then", () => {
  const slots = { ...ROTATED, previous: slot("a", { leaves: "now" }) };
  expect(action(world(settled({}, {}, failed(NOW + 1000)), generated(slots)))).toBeUndefined();
  expect(action(world(settled({}, {}, failed(NOW)), generated(slots)))).toEqual({
    do: "revoke",
    slot: "previous",
  });
});

test("what was in force at another host, which does not answer any more, is told and left after revokeTimeout", () => {
  const previous = slot("a", { target: { ...TARGET, apiURL: "https://git.gone.example" } });
  const seen = (minutes: number) =>
    world(
      settled({}, {}, failed(NOW, { since: ago(minutes * MINUTE) })),
      generated({ ...ROTATED, previous }, { failure: FAILURE }),
    );
  expect(next(seen(9)).kind).toBe("settled");
  expect(action(seen(10))).toEqual({ do: "abandon", slot: "previous", because: FAILURE.message });
});

test("a protected environment that has left the spec, and waits for a person, does not hold up what is to be revoked", () => {
  const before = settled();
  const shop = settled({ environments: [{ name: "development" }] });
  const left = desiredState(before).objects.filter(({ environment }) => environment === "production");
  const home = left.filter(({ kind }) => kind === "Namespace");
  const seen = (slots: Parameters<typeof generated>[0]) => {
    const here = world(shop, generated(slots));
    const gone = observed(
      shop,
      home.map((object) => [object, present(protectedHome(object))] as const),
    );
    return { ...here, known: home, sightings: new Map([...here.sightings, ...gone.sightings]) };
  };
  expect(next(seen({ current: slot("b") }))).toMatchObject({ kind: "wait", reason: "DeletionProtected" });
  expect(action(seen(ROTATED))).toEqual({ do: "revoke", slot: "previous" });
});

const protectedHome = (object: Desired) => {
  const home = live(object);
  const annotations = { ...home.metadata.annotations, "projectgitops.dev/protected": "true" };
  return { ...home, metadata: { ...home.metadata, annotations } };
};

test("what is missing for the host's API holds nobody up either, and is looked at when it changes", () => {
  const problem = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
  const { ready, credential, visit } = outcome(world(settled(), generated({ current: OLD }, { problem })));
  expect(ready?.status).toBe("True");
  expect(credential).toMatchObject({ status: "False", reason: problem.reason });
  expect(visit).toEqual({ kind: "resync" });
});

test("before the first COMPLETED too, a proof is asked for only when everything is in place", () => {
  const shop = fresh();
  const seen = world(shop, generated(ROTATED), (object) =>
    object.kind === "Kustomization" ? { state: "absent" } : flux("True")(object),
  );
  expect(next(seen)).toMatchObject({ kind: "create" });
});
