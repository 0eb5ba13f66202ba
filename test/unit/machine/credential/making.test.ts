import { expect, test } from "bun:test";
import type { CredentialTarget } from "../../../../src/api/generated.ts";
import { allPresent, desiredState, NOW, observed } from "../support.ts";
import {
  action,
  begun,
  empty,
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

const OTHER: CredentialTarget = { ...TARGET, path: "acme/other" };

test("nothing is made before the credential is in force: make, register, promote, and only then the Namespaces", () => {
  const shop = fresh();
  expect(next(empty(shop, generated(undefined)))).toEqual({
    kind: "credential",
    phase: "CREATING_NAMESPACES",
    action: { do: "make" },
  });
  expect(action(empty(shop, generated({ next: begun("a") })))).toEqual({ do: "register" });
  expect(action(empty(shop, generated({ next: begun("a", { url: "https://h/1" }) })))).toEqual({
    do: "promote",
  });
  expect(next(empty(shop, generated({ current: slot("a") })))).toMatchObject({
    kind: "create",
    phase: "CREATING_NAMESPACES",
  });
});

test("while it is made, nothing is Ready and CredentialReady is Unknown", () => {
  const { ready, credential, visit } = outcome(empty(fresh(), generated(undefined)));
  expect(ready).toMatchObject({ status: "Unknown", reason: "CreatingCredential" });
  expect(credential).toMatchObject({ status: "Unknown", reason: "CreatingCredential" });
  expect(visit).toEqual({ kind: "now" });
});

test("a needed one that the host refuses waits with the host's words, by back-off, until setup.timeout", () => {
  const seen = empty(fresh(), generated({ next: begun("a") }, { failure: FAILURE }));
  const { step, ready, credential, status, visit } = outcome(seen);
  expect(step).toMatchObject({ kind: "wait", phase: "CREATING_NAMESPACES", ...FAILURE, failing: true });
  expect(ready).toMatchObject({ status: "False", ...FAILURE });
  expect(credential).toMatchObject({ status: "False", ...FAILURE });
  expect(status.credential?.failure).toMatchObject({ ...FAILURE, since: "2026-11-22T06:00:00Z" });
  expect(visit).toEqual({ kind: "backoff", notLaterThan: NOW + 9 * MINUTE });
});

test("a host that names a time is asked again then", () => {
  const failure = { ...FAILURE, reason: "HostRateLimited", retryAt: NOW + 2 * MINUTE } as const;
  const { step, status, visit } = outcome(empty(fresh(), generated({ next: begun("a") }, { failure })));
  expect(step).toMatchObject({ kind: "wait", lookAgainIn: 2 * MINUTE });
  expect(status.credential?.failure?.retryAt).toBe("2026-11-22T06:02:00Z");
  expect(visit).toEqual({ kind: "after", ms: 2 * MINUTE });
});

test("but not later than setup.timeout", () => {
  const failure = { ...FAILURE, reason: "HostRateLimited", retryAt: NOW + HOUR } as const;
  const { visit } = outcome(empty(fresh(), generated({ next: begun("a") }, { failure })));
  expect(visit).toEqual({ kind: "after", ms: 9 * MINUTE });
});

test("what the host is asked with is missing: the set-up waits with those words, and is given up in time", () => {
  const problem = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
  const seen = empty(fresh(), generated(undefined, { problem }));
  expect(next(seen)).toMatchObject({ kind: "wait", ...problem, notLaterThan: NOW + 9 * MINUTE });
  expect(next({ ...seen, now: NOW + 10 * MINUTE })).toMatchObject({
    kind: "mark",
    outcome: "RollingBack",
    cause: { reason: "CredentialMissing" },
  });
});

test("a Secret of that name that is somebody else's stalls the project, and nothing is touched", () => {
  const foreign = generated(undefined, { isForeign: true });
  for (const seen of [empty(fresh(), foreign), world(settled(), foreign)]) {
    const { step, ready, visit } = outcome(seen);
    expect(step).toMatchObject({ kind: "stall", reason: "HeldByAnother" });
    expect(ready?.message).toContain("kubectl delete secret shop-git-credential -n platform");
    expect(visit).toEqual({ kind: "reconsider" });
  }
});

test("a suspended project: nothing, whatever is due", () => {
  const suspended = { spec: { suspend: true } };
  for (const slots of [undefined, { next: begun("a") }, { current: slot("b"), previous: slot("a") }])
    expect(next(world(settled(suspended.spec), generated(slots)))).toMatchObject({
      kind: "stall",
      reason: "Suspended",
    });
});

test("a lost Secret: what is still registered makes room only for one that is in force", () => {
  const lost = { previous: slot("a", { id: "stray", leaves: "whenProved" }) };
  expect(action(world(settled(), generated(lost)))).toEqual({ do: "make" });
  expect(action(world(settled(), generated({ ...lost, next: begun("b", { url: "u" }) })))).toEqual({
    do: "promote",
  });
});

test("with a lost Secret and a host that cannot be asked, status still tells what is registered", () => {
  const problem = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
  const lost = { previous: slot("a", { id: "stray" }) };
  const { status } = outcome(world(settled(), generated(lost, { problem })));
  expect(status.credential).toMatchObject({ title: slot("a").title, failure: problem });
});

const CHANGES: [what: string, change: Partial<CredentialTarget>][] = [
  ["url", { path: "acme/other" }],
  ["host of the url", { gitHost: "git.example.com" }],
  ["address of the host", { apiURL: "https://git.example.com" }],
  ["provider", { provider: "gitlab" }],
  ["readOnly", { readOnly: false }],
  ["kind", { kind: "accessToken" }],
];
for (const [what, change] of CHANGES)
  test(`another ${what}: another credential is made before any GitRepository is changed`, () => {
    const shop = settled({ git: { ...fresh().spec.git, interval: "9m" } });
    // What the world holds is from before the change: every GitRepository would be changed.
    const changed = { ...settled(), spec: shop.spec };
    const sightings = allPresent(desiredState(settled()), flux("True"));
    const seen = (slots: Parameters<typeof generated>[0]) =>
      observed(changed, sightings, { generated: generated(slots) });
    const current = slot("a", { target: { ...TARGET, ...change } });
    expect(action(seen({ current }))).toEqual({ do: "make" });
    expect(action(seen({ current, next: begun("b") }))).toEqual({ do: "register" });
    expect(action(seen({ current, next: begun("b", { url: "u" }) }))).toEqual({ do: "promote" });
    expect(next(seen({ current: slot("b"), previous: current }))).toMatchObject({ kind: "update" });
  });

test("one that was begun for another repository is revoked, and another begun", () => {
  const next = begun("b", { target: OTHER, url: "u" });
  expect(action(empty(fresh(), generated({ next })))).toEqual({ do: "revoke", slot: "next" });
  expect(action(world(settled(), generated({ current: slot("a"), next })))).toEqual({
    do: "revoke",
    slot: "next",
  });
});

test("one that was begun for a host that never took it is left behind, and the right one is begun", () => {
  const next = begun("b", { target: { ...TARGET, apiURL: "https://git.typo.example" } });
  const failure = { reason: "HostUnreachable", message: "git.typo.example: no such host" } as const;
  expect(action(empty(fresh(), generated({ next }, { failure })))).toEqual({ do: "make" });
});

test("one that was registered at a host that has gone holds up another for revokeTimeout", () => {
  const next = begun("b", { target: OTHER, url: "u" });
  const seen = (minutes: number) => {
    const told = failed(NOW, { since: new Date(NOW - minutes * MINUTE).toISOString() });
    const shop = { ...settled(), status: { ...settled().status, ...told } };
    return world(shop, generated({ next }, { failure: FAILURE }));
  };
  expect(outcome(seen(1)).step).toMatchObject({ kind: "wait", ...FAILURE });
  expect(action(seen(10))).toEqual({ do: "abandon", slot: "next", because: FAILURE.message });
});

test("a spec that changes again before the last change was proved: what would lose its place is revoked first", () => {
  const slots = { current: slot("b", { target: OTHER }), previous: slot("a") };
  const third = { ...TARGET, path: "acme/third" };
  const { wanted } = generated(undefined);
  const given = generated(slots, wanted ? { wanted: { ...wanted, target: third } } : {});
  expect(action(world(settled(), given))).toEqual({ do: "revoke", slot: "previous" });
});

test("a needed one is tried whenever the project is looked at: the host's own limits are kept elsewhere", () => {
  const shop = { ...fresh(), status: { ...failed(NOW + HOUR), phase: "CREATING_NAMESPACES" as const } };
  expect(action(empty(shop, generated({ next: begun("a") })))).toEqual({ do: "register" });
});
