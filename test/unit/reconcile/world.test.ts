import { expect, test } from "bun:test";
import { healthOf, type LiveObject } from "../../../src/machine/index.ts";
import type { ObjectId } from "../../../src/plan/index.ts";
import { World } from "../../../src/reconcile/world.ts";

const REVISION = "main@sha1:1f3c9ab";
const ID: ObjectId = { kind: "Kustomization", namespace: "project-shop-staging", name: "shop-staging" };

/** A Kustomization that says Ready, at one resourceVersion, with or without the rest of its status. */
function kustomization(resourceVersion: string, status: object = {}): LiveObject {
  return {
    metadata: {
      ...ID,
      uid: "u",
      resourceVersion,
      generation: 1,
      annotations: { "projectgitops.dev/owner": "platform/shop", "projectgitops.dev/owner-uid": "o" },
    },
    spec: {},
    status: {
      conditions: [{ type: "Ready", status: "True", message: MESSAGE, observedGeneration: 1 }],
      ...status,
    },
  } as unknown as LiveObject;
}
const MESSAGE = `Applied revision: ${REVISION}`;

/** The next resync's row for it: whether the project has to be looked at. */
function isLookedAt(world: World, live: LiveObject): boolean {
  const row = { metadata: live.metadata, cells: { ready: "True", message: MESSAGE } };
  return world.replace("Kustomization", [row], world.mark()).size > 0;
}

function worldThatVerified(live: LiveObject): World {
  const world = new World();
  world.record(ID, live);
  world.verify(ID, live, "hash", healthOf(live));
  return world;
}

test("a Ready that came ahead of its revision is read again when the rest of the status follows", () => {
  const world = worldThatVerified(kustomization("1"));
  expect(isLookedAt(world, kustomization("2", { lastAppliedRevision: REVISION }))).toBeTrue();
});

test("a later version that says the same costs no read", () => {
  const world = worldThatVerified(kustomization("1", { lastAppliedRevision: REVISION }));
  expect(isLookedAt(world, kustomization("2", { lastAppliedRevision: REVISION }))).toBeFalse();
});
