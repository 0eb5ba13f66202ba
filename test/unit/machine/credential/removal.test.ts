import { expect, test } from "bun:test";
import { allPresent, desiredState, minutesAgo, NOW, observed } from "../support.ts";
import {
  action,
  begun,
  empty,
  FAILURE,
  failed,
  flux,
  fresh,
  generated,
  MINUTE,
  next,
  outcome,
  settled,
  slot,
  unwanted,
  world,
} from "./support.ts";

const ALL = { current: slot("b"), next: begun("c"), previous: slot("a") };
const DELETED = { deletionTimestamp: minutesAgo(0) };
const PUBLIC = { git: { url: "https://github.com/acme/shop.git" } };
const OWN = { git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } } };

test("deletion: the objects go first", () => {
  const going = settled({}, DELETED);
  expect(next(world(going, unwanted(ALL))).kind).toBe("delete");
});

test("then every slot is revoked, the newest first; then the Secret goes; then nothing is left", () => {
  const going = settled({}, DELETED);
  const { next: _, ...two } = ALL;
  const { previous: __, ...one } = two;
  expect(next(empty(going, unwanted(ALL)))).toEqual({
    kind: "credential",
    phase: "DELETING",
    action: { do: "revoke", slot: "next" },
  });
  expect(action(empty(going, unwanted(two)))).toEqual({ do: "revoke", slot: "previous" });
  expect(action(empty(going, unwanted(one)))).toEqual({ do: "revoke", slot: "current" });
  expect(action(empty(going, unwanted({})))).toEqual({ do: "forget" });
  expect(next(empty(going, unwanted(undefined)))).toEqual({ kind: "settled", phase: "DELETING" });
});

test("a Secret of that name that is somebody else's stays, and the project goes", () => {
  const going = settled({}, DELETED);
  const seen = empty(going, unwanted(undefined, { isForeign: true }));
  expect(next(seen)).toEqual({ kind: "settled", phase: "DELETING" });
});

test("a host that does not revoke is waited for, told, and given up after revokeTimeout", () => {
  const deletedAt = (minutes: number) => ({ deletionTimestamp: minutesAgo(minutes) });
  const first = outcome(empty(settled({}, deletedAt(3)), unwanted(ALL, { failure: FAILURE })));
  expect(first.step).toMatchObject({
    kind: "wait",
    phase: "DELETING",
    reason: "HostUnauthorized",
    failing: true,
    notLaterThan: NOW + 10 * MINUTE,
  });
  expect(first.ready?.message).toContain("2026-11-22T06:10:00Z");
  // It counts from the deletion on, or from when the host began to fail, whichever is later.
  const since = (minutes: number) => failed(NOW, { since: minutesAgo(minutes) });
  const after = (deleted: number, failing: number) =>
    empty(settled({}, deletedAt(deleted), since(failing)), unwanted(ALL, { failure: FAILURE }));
  expect(next(after(9, 60))).toMatchObject({ kind: "wait", notLaterThan: NOW + MINUTE });
  expect(next(after(60, 9))).toMatchObject({ kind: "wait", notLaterThan: NOW + MINUTE });
  expect(action(after(10, 11))).toEqual({ do: "abandon", slot: "next", because: FAILURE.message });
  const last = unwanted({ current: slot("a") }, { failure: FAILURE });
  const going = settled({}, deletedAt(10), since(11));
  expect(action(empty(going, last))).toEqual({ do: "abandon", because: FAILURE.message });
});

test("each pass tries to revoke again before it gives up", () => {
  const told = failed(NOW + MINUTE, { since: minutesAgo(60) });
  const going = settled({}, { deletionTimestamp: minutesAgo(60) }, told);
  expect(action(empty(going, unwanted(ALL)))).toEqual({ do: "revoke", slot: "next" });
});

test("what is missing for the host's API does not hold a deletion up for ever either", () => {
  const problem = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
  const told = failed(NOW, { since: minutesAgo(10) });
  const going = settled({}, { deletionTimestamp: minutesAgo(10) }, told);
  expect(action(empty(going, unwanted(ALL, { problem })))).toMatchObject({ do: "abandon" });
});

test("a lost Secret and a host that does not answer: the time to give up is remembered", () => {
  const lost = { previous: slot("a", { id: "stray" }) };
  const seen = empty(settled({}, DELETED), unwanted(lost, { failure: FAILURE }));
  expect(outcome(seen).status.credential?.failure?.since).toBe("2026-11-22T06:00:00Z");
});

test("an environment that is left in place keeps its credential, unless onOrphan says Revoke", () => {
  const going = settled({ deletionPolicy: "Orphan" }, DELETED);
  expect(next(empty(going, unwanted(ALL)))).toEqual({ kind: "settled", phase: "DELETING" });
  const revoked = unwanted(ALL, { keepOnOrphan: false });
  expect(action(empty(going, revoked))).toEqual({ do: "revoke", slot: "next" });
  const none = settled({ deletionPolicy: "Delete" }, DELETED);
  expect(action(empty(none, unwanted(ALL)))).toEqual({ do: "revoke", slot: "next" });
});

test("the CRD is going: nothing is revoked", () => {
  const seen = empty(settled({}, DELETED), unwanted(ALL), { crdDeleting: true });
  expect(next(seen)).toEqual({ kind: "settled", phase: "DELETING" });
});

const CAUSE = { reason: "HostForbidden", message: "may not", at: minutesAgo(1) };
/** A set-up that was given up, with the state that its status records. */
const givenUp = (outcome: "RollingBack" | "Failed", more = {}) => {
  const shop = fresh();
  const { uid = "" } = shop.metadata;
  const setup = { uid, attempt: 1, generation: 1, credentialVersion: "7", outcome, cause: CAUSE, ...more };
  return { ...shop, status: { phase: "ROLLING_BACK" as const, setup } };
};

test("rollback: after the objects, before FAILED, everything is revoked and the Secret goes", () => {
  const shop = givenUp("RollingBack");
  const desired = desiredState(shop);
  const there = observed(shop, allPresent(desired), { generated: generated({ current: slot("a") }) });
  expect(next(there).kind).toBe("delete");
  expect(next(empty(shop, generated({ current: slot("a") })))).toEqual({
    kind: "credential",
    phase: "ROLLING_BACK",
    action: { do: "revoke", slot: "current" },
  });
  expect(action(empty(shop, generated({})))).toEqual({ do: "forget" });
  expect(next(empty(shop, generated(undefined)))).toMatchObject({ kind: "mark", outcome: "Failed" });
});

test("a rollback gives a host that does not answer up in time, too", () => {
  const rolling = (at: number) => {
    const shop = givenUp("RollingBack", { cause: { ...CAUSE, at: minutesAgo(at) } });
    const told = failed(NOW, { since: minutesAgo(at) });
    const seen = generated({ current: slot("a") }, { failure: FAILURE });
    return empty({ ...shop, status: { ...shop.status, ...told } }, seen);
  };
  expect(next(rolling(9))).toMatchObject({ kind: "wait", phase: "ROLLING_BACK", notLaterThan: NOW + MINUTE });
  expect(action(rolling(10))).toMatchObject({ do: "abandon" });
});

test("nor does one that failed for the Secret that the host is asked with start again, as long as it is missing", () => {
  const problem = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
  const failed = givenUp("Failed", { cause: { ...CAUSE, ...problem } });
  expect(next(empty(failed, generated(undefined, { problem })))).toMatchObject({
    kind: "stall",
    phase: "FAILED",
  });
  expect(next(empty(failed, generated(undefined)))).toMatchObject({ kind: "mark", outcome: "Retrying" });
});

test("a set-up that has failed makes no credential by itself, until something changes", () => {
  expect(next(empty(givenUp("Failed"), generated(undefined)))).toMatchObject({
    kind: "stall",
    phase: "FAILED",
    reason: "HostForbidden",
  });
  const another = empty(givenUp("Failed", { credentialVersion: "6" }), generated(undefined));
  expect(next(another)).toMatchObject({ kind: "mark", outcome: "Retrying" });
});

test("generate is taken out of the spec: what it made is revoked when Flux fetches with the other, then forgotten", () => {
  for (const spec of [PUBLIC, OWN]) {
    const shop = settled(spec);
    expect(next(world(shop, unwanted(ALL), flux({ production: "Unknown" }))).kind).toBe("settled");
    expect(action(world(shop, unwanted(ALL)))).toEqual({ do: "revoke", slot: "next" });
    expect(action(world(shop, unwanted({ current: slot("a") })))).toEqual({ do: "revoke", slot: "current" });
    expect(action(world(shop, unwanted({})))).toEqual({ do: "forget" });
  }
});

test("and not while anything is still to be changed", () => {
  const shop = settled(OWN);
  const before = allPresent(desiredState(settled(PUBLIC)), flux("True"));
  const seen = observed(shop, before, { generated: unwanted({ current: slot("a") }) });
  expect(next(seen).kind).not.toBe("credential");
});

test("a host that does not revoke it is asked again at its time, and the project stays Ready", () => {
  const slots = { current: slot("a") };
  const { step, ready, credential, visit, status } = outcome(
    world(settled(OWN), unwanted(slots, { failure: FAILURE })),
  );
  expect(step.kind).toBe("settled");
  expect(ready?.status).toBe("True");
  expect(credential).toBeUndefined();
  const retryAt = Date.parse(status.credential?.failure?.retryAt ?? "");
  expect(retryAt).toBeGreaterThan(NOW);
  expect(visit).toEqual({ kind: "resync", notLaterThan: retryAt });
  expect(action(world(settled(OWN, {}, failed(NOW)), unwanted(slots)))).toEqual({
    do: "revoke",
    slot: "current",
  });
});
