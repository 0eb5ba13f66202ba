import { expect, test } from "bun:test";
import type { LiveObject } from "../../../src/machine/index.ts";
import type { Desired } from "../../../src/plan/index.ts";
import { type Row, World } from "../../../src/reconcile/index.ts";
import { desiredState, foreign, live, OTHER_UID, pick, project, UID } from "../machine/support.ts";

const desired = desiredState(project());
const secret = pick(desired, "Secret");
const repository = pick(desired, "GitRepository");
const OWNER = "platform/shop";
const READY = { ready: "True", message: "stored artifact for revision 'main@sha1:1'" };
const health = { ready: "True", reason: "Succeeded", message: "", revision: "main@sha1:1" } as const;

const row = (object: LiveObject, cells?: Row["cells"]): Row => ({
  metadata: object.metadata,
  ...(cells ? { cells } : {}),
});
const at = (object: Desired, resourceVersion: string, more: Partial<LiveObject["metadata"]> = {}) =>
  live(object, {
    status: { conditions: [{ type: "Ready", status: READY.ready, message: READY.message }] },
    metadata: { resourceVersion, uid: `uid-${object.name}`, ...more },
  });

/** A world that has read the object at version 1 and found it to match. */
function verified(object: Desired): World {
  const world = new World();
  world.record(object, at(object, "1"));
  world.verify(object, at(object, "1"), object.hash, health);
  return world;
}

test("what nobody has seen is unseen; what a list shows is listed; what was found to match is intact", () => {
  const world = new World();
  expect(world.sighting(secret, UID)).toEqual({ state: "unseen" });
  expect(world.replace("Secret", [row(at(secret, "1"))], world.mark())).toEqual(new Set([OWNER]));
  expect(world.sighting(secret, UID)).toEqual({ state: "listed" });
  world.verify(secret, at(secret, "1"), secret.hash, undefined);
  expect(world.sighting(secret, UID)).toEqual({ state: "intact", hash: secret.hash });
});

test("a list that shows the verified version asks for nothing", () => {
  const world = verified(secret);
  expect(world.replace("Secret", [row(at(secret, "1"))], world.mark())).toEqual(new Set());
  expect(world.sighting(secret, UID).state).toBe("intact");
});

test("another version makes the project look again", () => {
  const world = verified(secret);
  expect(world.replace("Secret", [row(at(secret, "2"))], world.mark())).toEqual(new Set([OWNER]));
  expect(world.sighting(secret, UID)).toEqual({ state: "listed" });
});

test("a version that no pass could verify calls for one pass, not for one at each resync", () => {
  const world = new World();
  const list = () => world.replace("Secret", [row(at(secret, "1"))], world.mark());
  expect(list()).toEqual(new Set([OWNER]));
  world.record(secret, at(secret, "1")); // the pass reads it, and something stands in the way
  expect(list()).toEqual(new Set());
  expect(world.sighting(secret, UID)).toEqual({ state: "listed" });
});

test("a version that a pass has read or written and not verified calls for a pass at the next resync", () => {
  const world = verified(secret);
  world.record(secret, at(secret, "2"));
  expect(world.replace("Secret", [row(at(secret, "2"))], world.mark())).toEqual(new Set([OWNER]));
});

test("an object that is gone from the list is unseen, and its project looks again", () => {
  const world = verified(secret);
  expect(world.replace("Secret", [], world.mark())).toEqual(new Set([OWNER]));
  expect(world.sighting(secret, UID)).toEqual({ state: "unseen" });
});

test("what was written while a list was under way is newer than that list", () => {
  const world = new World();
  const since = world.mark();
  world.record(secret, at(secret, "5"));
  world.verify(secret, at(secret, "5"), secret.hash, undefined);
  expect(world.replace("Secret", [], since)).toEqual(new Set());
  expect(world.replace("Secret", [row(at(secret, "4"))], since)).toEqual(new Set());
  expect(world.sighting(secret, UID).state).toBe("intact");
});

test("a status change of a Flux object that keeps Ready and message needs no read", () => {
  const world = verified(repository);
  expect(world.replace("GitRepository", [row(at(repository, "2"), READY)], world.mark())).toEqual(new Set());
  expect(world.sighting(repository, UID)).toEqual({ state: "intact", hash: repository.hash, health });
});

test("a failure that differs only in a temporary folder of Flux's needs no read", () => {
  const world = new World();
  const failing = (folder: number) => ({
    ready: "False",
    message: `kustomization path not found: stat /tmp/kustomization-${folder}/k8s: no such file or directory`,
  });
  const { ready, message } = failing(1);
  const object = live(repository, {
    status: { conditions: [{ type: "Ready", status: ready, message }] },
    metadata: { resourceVersion: "1", uid: "u" },
  });
  world.record(repository, object);
  world.verify(repository, object, repository.hash, undefined);
  const again = live(repository, { metadata: { resourceVersion: "2", uid: "u" } });
  expect(world.replace("GitRepository", [row(again, failing(2))], world.mark())).toEqual(new Set());
});

const CHANGES: [string, Row][] = [
  ["its spec", row(at(repository, "2", { generation: 2 }), READY)],
  [
    "its labels",
    row(at(repository, "2", { labels: { ...at(repository, "2").metadata.labels, team: "a" } }), READY),
  ],
  [
    "its annotations",
    row(at(repository, "2", { annotations: { ...at(repository, "2").metadata.annotations, x: "y" } }), READY),
  ],
  ["its deletion", row(at(repository, "2", { deletionTimestamp: "2026-11-22T06:00:00Z" }), READY)],
  ["its uid", row(at(repository, "1", { uid: "another" }), READY)],
  ["Ready", row(at(repository, "2"), { ...READY, ready: "False" })],
  [
    "its message",
    row(at(repository, "2"), { ...READY, message: "stored artifact for revision 'main@sha1:2'" }),
  ],
];
for (const [what, change] of CHANGES)
  test(`a Flux object is read again when ${what} changes`, () => {
    const world = verified(repository);
    expect(world.replace("GitRepository", [change], world.mark())).toEqual(new Set([OWNER]));
    expect(world.sighting(repository, UID).state).toBe("listed");
  });

test("an object that loses its owner makes that owner look again, and is then nobody's", () => {
  const world = verified(secret);
  expect(world.replace("Secret", [row({ ...foreign(secret) })], world.mark())).toEqual(new Set([OWNER]));
  expect(world.known(OWNER, UID)).toEqual([]);
});

test("an object that changes hands makes both owners look again", () => {
  const namespace = pick(desired, "Namespace");
  const world = verified(namespace);
  const taken = foreign(namespace, { key: "team-b/blog", uid: OTHER_UID });
  expect(world.replace("Namespace", [row(taken)], world.mark())).toEqual(new Set([OWNER, "team-b/blog"]));
  expect(world.known(OWNER, UID)).toEqual([]);
  expect(world.known("team-b/blog", OTHER_UID)).toHaveLength(1);
});

test("an object that names us inside a Namespace that does not is none of ours: tenants can write it", () => {
  const world = verified(secret);
  expect(world.known(OWNER, UID)).toEqual([]);
  const home = pick(desired, "Namespace");
  world.record(home, live(home));
  expect(world.known(OWNER, UID).map(({ kind }) => kind)).toEqual(["Secret", "Namespace"]);
  world.record(home, foreign(home, { key: "team-b/blog", uid: OTHER_UID }));
  expect(world.known(OWNER, UID)).toEqual([]);
});

test("what was verified for one project vouches for nothing to another", () => {
  const world = verified(secret);
  expect(world.sighting(secret, OTHER_UID)).toEqual({ state: "listed" });
});

test("objects of an earlier uid are orphans, never known ones", () => {
  const world = new World();
  world.record(secret, foreign(secret, { key: OWNER, uid: OTHER_UID }));
  expect(world.known(OWNER, UID)).toEqual([]);
  expect(world.orphans(OWNER, UID)).toEqual([
    { kind: "Secret", namespace: secret.namespace, name: secret.name },
  ]);
});

test("a list with whole objects gives them to the next pass, until they are judged", () => {
  const world = new World();
  const binding = pick(desired, "RoleBinding");
  const full = live(binding);
  world.replace("RoleBinding", [{ metadata: full.metadata, full }], world.mark());
  expect(world.sighting(binding, UID)).toEqual({ state: "present", object: full });
  world.verify(binding, full, binding.hash, undefined);
  expect(world.sighting(binding, UID).state).toBe("intact");
});

test("distrust makes the next pass read an object, whatever its version", () => {
  const world = verified(secret);
  world.distrust(secret);
  expect(world.sighting(secret, UID)).toEqual({ state: "listed" });
  const other = verified(repository);
  other.record(secret, at(secret, "1"));
  other.verify(secret, at(secret, "1"), secret.hash, undefined);
  other.distrustFlux(OWNER);
  expect(other.sighting(repository, UID).state).toBe("listed");
  expect(other.sighting(secret, UID).state).toBe("intact");
});

test("a version that has passed meanwhile is not verified", () => {
  const world = verified(secret);
  world.record(secret, at(secret, "3"));
  world.verify(secret, at(secret, "2"), secret.hash, undefined);
  expect(world.sighting(secret, UID)).toEqual({ state: "listed" });
});

test("the owner of a managed Namespace is known by its name", () => {
  const world = new World();
  const namespace = pick(desired, "Namespace");
  world.record(namespace, live(namespace));
  expect(world.ownerOfNamespace(namespace.name)).toBe(OWNER);
  expect(world.ownerOfNamespace("platform")).toBeUndefined();
});

const quota = pick(
  desiredState(project(), {}, { environmentDefaults: { resourceQuota: { hard: { pods: "9" } } } }),
  "ResourceQuota",
);

test("a quota whose use has changed is known to match, without a read and without a pass", () => {
  const world = verified(quota);
  const used = { ...at(quota, "2"), status: { used: { pods: "3" } } };
  expect(world.replace("ResourceQuota", [{ ...row(used), full: used }], world.mark())).toEqual(new Set());
  expect(world.sighting(quota, UID)).toEqual({ state: "intact", hash: quota.hash, health });
});

test("a quota whose amounts, labels or end have changed makes its project look, and is read already", () => {
  const changed = [
    { ...at(quota, "2"), spec: { hard: { pods: "900" } } },
    at(quota, "2", { labels: {} }),
    at(quota, "2", { deletionTimestamp: "2026-11-22T06:00:00Z" }),
  ];
  for (const full of changed) {
    const world = verified(quota);
    expect(world.replace("ResourceQuota", [{ ...row(full), full }], world.mark())).toEqual(new Set([OWNER]));
    expect(world.sighting(quota, UID)).toEqual({ state: "present", object: full });
  }
});
