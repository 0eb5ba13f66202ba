import { expect, test } from "bun:test";
import { retryAfter, retryAfterRefusal, rotationAt } from "../../../../src/machine/credential/times.ts";
import { lifeFor } from "../../../../src/machine/index.ts";
import { NOW, observed } from "../support.ts";
import {
  ago,
  at,
  begun,
  empty,
  FAILURE,
  failed,
  flux,
  fresh,
  generated,
  HOUR,
  MINUTE,
  outcome,
  settled,
  slot,
  unwanted,
  world,
} from "./support.ts";

const OWN = { git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } } };
const IN_FORCE = { current: slot("a") };

test("in force and proved: CredentialReady=True with title, fingerprint and times, and status the same in fields", () => {
  const { status, credential } = outcome(world(settled(), generated(IN_FORCE)));
  expect(credential).toMatchObject({
    status: "True",
    reason: "CredentialProved",
    message: `deploy key "${slot("a").title}" SHA256:a, made ${ago(HOUR)}, next rotation ${at(NOW + 719 * HOUR)}`,
  });
  expect(status.credential).toEqual({
    kind: "deployKey",
    provider: "github",
    secretName: "shop-git-credential",
    title: slot("a").title,
    url: "https://github.com/acme/shop/settings/keys/a",
    fingerprint: "SHA256:a",
    lastRotated: ago(HOUR),
    nextRotation: at(NOW + 719 * HOUR),
  });
});

test("a token tells when it ends", () => {
  const { target } = slot("a");
  const token = slot("a", { target: { ...target, kind: "accessToken" }, expiresAt: at(NOW + 2 * HOUR) });
  const { wanted } = generated(undefined);
  const given = generated({ current: token }, wanted ? { wanted: { ...wanted, target: token.target } } : {});
  const { status, credential } = outcome(world(settled(), given));
  expect(credential?.message).toStartWith("access token ");
  expect(credential?.message).toEndWith(`expires ${at(NOW + 2 * HOUR)}`);
  // Three hours long, so it is replaced after two.
  expect(status.credential).toMatchObject({
    expiresAt: at(NOW + 2 * HOUR),
    nextRotation: at(NOW + HOUR),
  });
});

test("in force, and Flux has not fetched with it everywhere: Unknown, and False with Flux's words", () => {
  const waiting = outcome(world(settled(), generated(IN_FORCE), flux({ production: "Unknown" })));
  expect(waiting.credential).toMatchObject({ status: "Unknown", reason: "CredentialUnproved" });
  const refused = outcome(
    world(settled(), generated(IN_FORCE), flux("False", "permission denied (publickey)")),
  );
  expect(refused.credential).toMatchObject({ status: "False", reason: "CredentialUnproved" });
  expect(refused.credential?.message).toEndWith("Flux says: permission denied (publickey)");
});

test("no credential of the operator's making: no condition, and no status.credential", () => {
  const { status, credential } = outcome(world(settled(), undefined));
  expect(credential).toBeUndefined();
  expect(status).not.toHaveProperty("credential");
});

test("one that is out of use has no condition, and stays in status until it is revoked", () => {
  const { status, credential } = outcome(
    world(settled(OWN), unwanted(IN_FORCE), flux({ production: "Unknown" })),
  );
  expect(credential).toBeUndefined();
  expect(status.credential).toMatchObject({ title: slot("a").title });
});

const PROBLEM = { reason: "CredentialMissing", message: "Secret platform/host is missing" } as const;
const due = { current: slot("a", { createdAt: ago(721 * HOUR) }), next: begun("b") };
const WORLDS = {
  "in force": world(settled(), generated(IN_FORCE)),
  "in an overlap": world(
    settled(),
    generated({ current: slot("b", { promotedAt: ago(0) }), previous: slot("a") }),
  ),
  unproved: world(settled(), generated(IN_FORCE), flux("False", "permission denied")),
  "failing, with a time": world(settled({}, {}, failed(NOW + MINUTE)), generated(due)),
  "missing what the host is asked with": world(settled(), generated(due, { problem: PROBLEM })),
  "needed, and without it": empty(fresh(), generated(undefined, { problem: PROBLEM })),
  "out of use": world(settled(OWN), unwanted(IN_FORCE), flux({ production: "Unknown" })),
  "somebody else's": world(settled(), generated(undefined, { isForeign: true })),
  lost: empty(fresh(), generated({ previous: slot("a", { id: "stray" }) }, { problem: PROBLEM })),
};
for (const [what, seen] of Object.entries(WORLDS))
  test(`nothing has happened, so nothing new is told: ${what}`, () => {
    const first = outcome(seen).status;
    const later = { ...seen, project: { ...seen.project, status: first }, now: NOW + 5000 };
    const second = outcome(later).status;
    expect(second).toEqual(first);
    expect(
      outcome({ ...later, project: { ...later.project, status: second }, now: NOW + 9000 }).status,
    ).toEqual(first);
  });

test("when a failure began is kept over all its tries, and goes with it", () => {
  const seen = world(
    settled({}, {}, failed(NOW, { since: ago(HOUR) })),
    generated(due, { failure: FAILURE }),
  );
  const told = outcome(seen).status.credential?.failure;
  expect(told?.since).toBe(ago(HOUR));
  const mended = world(
    settled({}, {}, failed(NOW + MINUTE)),
    generated({ current: slot("b") }, { succeeded: true }),
  );
  expect(outcome(mended).status.credential).not.toHaveProperty("failure");
});

test("what is in force since a failure has ended it, also where the pass that made it could not tell", () => {
  const told = (promotedAt: string) =>
    outcome(
      world(
        settled({}, {}, failed(NOW + MINUTE, { since: ago(2 * MINUTE) })),
        generated({ current: slot("b", { promotedAt }) }),
      ),
    ).status.credential;
  expect(told(ago(MINUTE))).not.toHaveProperty("failure");
  expect(told(ago(HOUR))).toHaveProperty("failure");
});

test("a message of any length fits into the status", () => {
  const failure = { ...FAILURE, message: "x".repeat(9000) };
  const { status } = outcome(world(settled(), generated(due, { failure })));
  expect(status.credential?.failure?.message.length).toBeLessThanOrEqual(4096);
  expect(outcome(empty(fresh(), generated({ next: begun("b") }, { failure }))).step.kind).toBe("wait");
});

test("a suspended project keeps what is said of its credential", () => {
  const first = outcome(world(settled(), generated(IN_FORCE))).status;
  const shop = { ...settled({ suspend: true }), status: first };
  const { status } = outcome(world(shop, unwanted(IN_FORCE)));
  expect(status.credential).toEqual(first.credential);
  const said = (all: typeof first) => all.conditions?.find(({ type }) => type === "CredentialReady");
  expect(said(status)).toMatchObject({ status: "True", message: said(first)?.message ?? "" });
});

test("a token is asked for with the life of which its rotation is 2/3", () => {
  const interval = 24 * HOUR;
  const made = slot("a", { createdAt: at(NOW), expiresAt: at(NOW + lifeFor(interval)) });
  expect(rotationAt(made, { interval })).toBe(NOW + interval);
  expect(rotationAt(slot("a", { createdAt: at(NOW), expiresAt: at(NOW + 3 * HOUR) }), { interval })).toBe(
    NOW + 2 * HOUR,
  );
  expect(rotationAt(slot("a", { createdAt: at(NOW) }), { interval })).toBe(NOW + interval);
});

test("a step that fails is tried again after as long as it has failed, from 15 s to 15 min", () => {
  const after = (failing: number) => retryAfter(NOW - failing, NOW) - NOW;
  expect([0, MINUTE, HOUR].map(after)).toEqual([15_000, MINUTE, 15 * MINUTE]);
});

test("one that Flux was refused with is tried again after a tenth of the interval, from 15 min to 6 h", () => {
  const after = (interval: number) => retryAfterRefusal(NOW, { interval }) - NOW;
  expect([MINUTE, 10 * HOUR, 720 * HOUR].map(after)).toEqual([15 * MINUTE, HOUR, 6 * HOUR]);
});

test("what was not looked at in this pass leaves the proof as it was", () => {
  const first = outcome(world(settled(), generated(IN_FORCE))).status;
  const unseen = observed({ ...settled(), status: first }, [], { generated: generated(IN_FORCE) });
  expect(outcome(unseen).credential?.status).toBe("True");
});
