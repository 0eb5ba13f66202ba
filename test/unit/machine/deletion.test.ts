import { expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { decide, type KnownObject, type LiveObject, type Sighting } from "../../../src/machine/index.ts";
import { type Desired, objectKey } from "../../../src/plan/index.ts";
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
  observed,
  pick,
  present,
  project,
} from "./support.ts";

const going = deleting(completed());
const desired = desiredState(going);
const NOTHING = { objects: [] };

/** Decides and lets go what is deleted or orphaned, until something else comes; gives back what happened in order. */
function playThrough(
  given: typeof going,
  start: readonly (readonly [Desired, Sighting])[],
  known: KnownObject[] = [],
) {
  let sightings = [...start];
  const order: string[] = [];
  const orphaned: string[] = [];
  for (let guard = 0; guard < 20; guard++) {
    const step = decide(NOTHING, observed(given, sightings, { known }));
    const left = sightings.filter(([, { state }]) => state === "present").map(([id]) => id);
    if (step.kind !== "delete" && step.kind !== "orphan") return { order, orphaned, step, left };
    const touched = new Set(step.objects.map(objectKey));
    if (step.kind === "delete") order.push([...new Set(step.objects.map(({ kind }) => kind))].join(" "));
    else orphaned.push(...ids(step.objects));
    const after = (id: Desired) => (step.kind === "delete" ? ABSENT : present(foreign(id)));
    sightings = sightings.map(([id, was]) => [id, touched.has(objectKey(id)) ? after(id) : was]);
  }
  throw new Error("no end");
}
const everything = (change: (object: Desired) => Sighting | undefined = () => undefined) =>
  desired.objects.map((object) => [object, change(object) ?? present(live(object))] as const);

test("objects go in reverse order, each rank when the one before it is gone, and then nothing is left", () => {
  const { order, step } = playThrough(going, everything());
  expect(order).toEqual([
    "Kustomization",
    "GitRepository",
    "Secret",
    "RoleBinding",
    "ServiceAccount",
    "Namespace",
  ]);
  expect(step).toEqual({ kind: "settled", phase: "DELETING" });
});

test("nothing is deleted before each candidate was read in this pass", () => {
  const intact = desired.objects.map((object): [Desired, Sighting] => [
    object,
    { state: "intact", hash: object.hash },
  ]);
  const first = decide(NOTHING, observed(going, intact));
  expect(first).toMatchObject({ kind: "read", phase: "DELETING" });
  expect("objects" in first && ids(first.objects)).toEqual([
    "Namespace project-shop-development",
    "Namespace project-shop-production",
  ]);
  const namespaces = desired.objects.filter(({ kind }) => kind === "Namespace");
  const second = decide(
    NOTHING,
    observed(going, [...intact, ...namespaces.map((object) => [object, present(live(object))] as const)]),
  );
  expect("objects" in second && second.objects).toHaveLength(desired.objects.length - 2);
});

test("the ServiceAccount and RoleBinding stay while a Kustomization still prunes", () => {
  const pruning = everything((object) =>
    object.kind === "Kustomization"
      ? present(
          live(object, {
            metadata: { deletionTimestamp: minutesAgo(0), finalizers: ["finalizers.fluxcd.io"] },
          }),
        )
      : undefined,
  );
  expect(decide(NOTHING, observed(going, pruning))).toMatchObject({
    kind: "wait",
    phase: "DELETING",
    reason: "Deleting",
    failing: false,
    lookAgainIn: 500,
  });
});

test("a suspended Kustomization is resumed before it is deleted, for it would go without pruning", () => {
  const suspended = everything((object) =>
    object.kind === "Kustomization" && object.environment === "production"
      ? present(live(object, { spec: { suspend: true } }))
      : undefined,
  );
  const step = decide(NOTHING, observed(going, suspended));
  expect(step).toMatchObject({
    kind: "resume",
    objects: [{ kind: "Kustomization", name: "shop-production" }],
  });
});

test("a Namespace on its way out is looked at again when the namespace controller can be done", () => {
  const left = everything((object) =>
    object.kind === "Namespace"
      ? present(live(object, { metadata: { deletionTimestamp: minutesAgo(0) } }))
      : ABSENT,
  );
  expect(decide(NOTHING, observed(going, left, { now: NOW + 1000 }))).toMatchObject({
    kind: "wait",
    reason: "NamespaceTerminating",
    lookAgainIn: 4500,
  });
});

test("what does not go is looked at more and more rarely, then with the project's back-off", () => {
  const after = (ms: number) => {
    const left = everything((object) =>
      object.kind === "Namespace"
        ? present(live(object, { metadata: { deletionTimestamp: minutesAgo(0) } }))
        : ABSENT,
    );
    const step = decide(NOTHING, observed(going, left, { now: NOW + ms }));
    return step.kind === "wait" ? step.lookAgainIn : undefined;
  };
  expect([5_500, 6_500, 15_500, 25_500, 35_500].map(after)).toEqual([500, 500, 5_000, 10_000, "backoff"]);
});

test("a Flux that is silent is told of on time, with all that waits for it in one command", () => {
  const held = (minutes: number) =>
    everything((object) =>
      object.kind === "Kustomization"
        ? present(
            live(object, {
              metadata: { deletionTimestamp: minutesAgo(minutes), finalizers: ["finalizers.fluxcd.io"] },
            }),
          )
        : undefined,
    );
  expect(decide(NOTHING, observed(going, held(0), { now: NOW + 40_000 }))).toMatchObject({
    reason: "Deleting",
    lookAgainIn: "backoff",
    notLaterThan: NOW + 60_000,
  });
  const annotations = { "projectgitops.dev/force-delete": "elsewhere" };
  const forced = { ...going, metadata: { ...going.metadata, annotations } };
  const step = decide(NOTHING, observed(forced, held(2)));
  expect(step.kind === "wait" && step.message).toEndWith(
    "kubectl annotate --overwrite pgops shop -n platform projectgitops.dev/force-delete=elsewhere,project-shop-development,project-shop-production",
  );
});

test("a Namespace that this operator did not create is let go and never deleted", () => {
  const { left, orphaned } = playThrough(
    going,
    everything((object) => {
      if (object.kind !== "Namespace" || object.environment !== "production") return undefined;
      const { "projectgitops.dev/created-by": _by, ...annotations } = live(object).metadata.annotations ?? {};
      return present(live(object, { metadata: { annotations } }));
    }),
  );
  expect(left.map(({ name }) => name)).toEqual(["project-shop-production"]);
  expect(orphaned).toEqual(["Namespace project-shop-production"]);
});

test("what is someone else's stays, also inside our Namespace", () => {
  const { left, step } = playThrough(
    going,
    everything((object) => (object === pick(desired, "Secret") ? present(foreign(object)) : undefined)),
  );
  expect(left.map(({ kind }) => kind)).toEqual(["Secret"]);
  expect(step).toEqual({ kind: "settled", phase: "DELETING" });
});

test("nothing is looked at in a Namespace that is gone, or someone else's", () => {
  const sightings = everything((object) => {
    if (object.kind !== "Namespace") return { state: "listed" };
    return object.environment === "production" ? ABSENT : present(foreign(object));
  });
  expect(decide(NOTHING, observed(going, sightings))).toEqual({ kind: "settled", phase: "DELETING" });
});

test("objects that only the inventory or a list knows go too", () => {
  const extra = { kind: "Secret", namespace: "project-shop-development", name: "old-registry" } as const;
  const old = { ...pick(desired, "Secret"), ...extra };
  const { order, left } = playThrough(going, [...everything(), [old, present(live(old))]], [extra]);
  expect(order).toContain("Secret");
  expect(left).toEqual([]);
});

test("deletion works while suspended, with an invalid spec, and before a rollback that was begun", () => {
  const suspended = { ...going, spec: { ...going.spec, suspend: true } };
  expect(decide(NOTHING, observed(suspended, everything()))).toMatchObject({
    kind: "delete",
    phase: "DELETING",
  });
  const invalid = { objects: [], invalid: { reason: "InvalidSpec", message: "x" } } as const;
  expect(decide(invalid, observed(going, everything()))).toMatchObject({ kind: "delete", phase: "DELETING" });
});

test("while our CRD is being deleted nothing is removed: the finalizer goes and that is all", () => {
  expect(decide(NOTHING, observed(going, everything(), { crdDeleting: true }))).toEqual({
    kind: "settled",
    phase: "DELETING",
  });
});

const keep = (environment: Partial<ProjectGitOpsSpecInput["environments"][number]>) =>
  deleting(completed({ environments: [{ name: "development" }, { name: "production", ...environment }] }));

test("an environment with deletionPolicy Orphan is let go as it is, and the rest is deleted", () => {
  const { left, orphaned, step } = playThrough(keep({ deletionPolicy: "Orphan" }), everything());
  expect(new Set(left.map(({ environment }) => environment))).toEqual(new Set(["production"]));
  expect(orphaned).toHaveLength(6);
  expect(orphaned.at(-1)).toBe("Namespace project-shop-production");
  expect(step).toEqual({ kind: "settled", phase: "DELETING" });
});

test("a protected environment stays as it is, and the project waits for a confirmation", () => {
  const { left, orphaned, step } = playThrough(keep({ protected: true }), everything());
  expect(left).toHaveLength(6);
  expect(orphaned).toEqual([]);
  expect(step).toMatchObject({ kind: "wait", phase: "DELETING", reason: "DeletionProtected", failing: true });
  expect(step.kind === "wait" && step.message).toContain("confirm-delete=project-shop-production");
});

test("a confirmed environment goes like any other", () => {
  const given = keep({ protected: true });
  const annotations = { "projectgitops.dev/confirm-delete": "project-shop-production" };
  const { left, step } = playThrough(
    { ...given, metadata: { ...given.metadata, annotations } },
    everything(),
  );
  expect(left).toEqual([]);
  expect(step).toEqual({ kind: "settled", phase: "DELETING" });
});

test("a protection of something that was never made holds nothing up", () => {
  const { step } = playThrough(
    keep({ protected: true }),
    everything(() => ABSENT),
  );
  expect(step).toEqual({ kind: "settled", phase: "DELETING" });
});

test("Flux's finalizer is taken off by force only where an administrator says so, and only while deleting", () => {
  const stuck = everything((object) =>
    object.kind === "Kustomization"
      ? present(
          live(object, {
            metadata: { deletionTimestamp: minutesAgo(2), finalizers: ["finalizers.fluxcd.io"] },
          }),
        )
      : undefined,
  );
  expect(decide(NOTHING, observed(going, stuck))).toMatchObject({
    kind: "wait",
    reason: "FluxControllerNotResponding",
    failing: true,
  });
  const annotations = { "projectgitops.dev/force-delete": "project-shop-production" };
  const forced = { ...going, metadata: { ...going.metadata, annotations } };
  const step = decide(NOTHING, observed(forced, stuck));
  expect(step).toMatchObject({ kind: "strip", phase: "DELETING" });
  expect("objects" in step && ids(step.objects)).toEqual([
    "Kustomization project-shop-production/shop-production",
  ]);
});

/** production has left the spec; its Namespace says the given things. */
function leaving(annotations: Record<string, string | undefined>) {
  const now = completed({ environments: [{ name: "development" }] });
  const state = desiredState(now);
  const old = desired.objects.filter(({ environment }) => environment === "production");
  const home = old.find(({ kind }) => kind === "Namespace");
  const withAnnotations = (object: Desired): LiveObject => {
    const made = live(object);
    if (object !== home) return made;
    const all = { ...made.metadata.annotations, ...annotations };
    const kept = Object.entries(all).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value] as const],
    );
    return live(object, { metadata: { annotations: Object.fromEntries(kept) } });
  };
  const known = old.map(({ kind, namespace, name, environment }) => ({ kind, namespace, name, environment }));
  const sightings = [
    ...allPresent(state),
    ...old.map((object) => [object, present(withAnnotations(object))] as const),
  ];
  return { state, now: observed(now, sightings, { known }) };
}

test("an environment that has left the spec goes in the same order when its Namespace lets it go", () => {
  const { state, now } = leaving({});
  const step = decide(state, now);
  expect(step).toMatchObject({ kind: "delete", phase: "COMPLETED" });
  expect("objects" in step && ids(step.objects)).toEqual([
    "Kustomization project-shop-production/shop-production",
  ]);
});

const REST: [string, Record<string, string | undefined>, "kept" | "let go" | "left alone"][] = [
  ["is protected", { "projectgitops.dev/protected": "true" }, "kept"],
  ["does not say whether it is protected", { "projectgitops.dev/protected": undefined }, "kept"],
  ["has the policy Orphan", { "projectgitops.dev/deletion-policy": "Orphan" }, "let go"],
  ["does not name its policy", { "projectgitops.dev/deletion-policy": undefined }, "let go"],
  ["is someone else's", { "projectgitops.dev/owner-uid": "someone" }, "left alone"],
];
for (const [why, annotations, fate] of REST) {
  test(`an environment that has left the spec is ${fate} when its Namespace ${why}`, () => {
    const { state, now } = leaving(annotations);
    const step = decide(state, now);
    if (fate === "kept") expect(step).toMatchObject({ kind: "wait", reason: "DeletionProtected" });
    else if (fate === "let go") expect(step).toMatchObject({ kind: "orphan", phase: "COMPLETED" });
    else expect(step).toEqual({ kind: "settled", phase: "COMPLETED" });
  });

  test(`of a project that is deleted, an environment outside its spec is ${fate} when its Namespace ${why}`, () => {
    const { now } = leaving(annotations);
    const { step, left } = playThrough(
      deleting(now.project),
      [...now.sightings].map(([key, sighting]) => {
        const object = desired.objects.find((other) => objectKey(other) === key);
        if (!object) throw new Error(key);
        return [object, sighting] as const;
      }),
      [...now.known],
    );
    if (fate === "kept") expect(step).toMatchObject({ kind: "wait", reason: "DeletionProtected" });
    else expect(step).toEqual({ kind: "settled", phase: "DELETING" });
    expect(new Set(left.map(({ environment }) => environment))).toEqual(new Set(["production"]));
    expect(left).toHaveLength(6);
  });
}

test("a confirmation is consumed when nothing of its namespace is left", () => {
  const given = completed(
    { environments: [{ name: "development" }] },
    {
      annotations: { "projectgitops.dev/confirm-delete": "project-shop-production,project-shop-development" },
    },
  );
  const state = desiredState(given);
  expect(decide(state, observed(given, allPresent(state)))).toEqual({
    kind: "consume",
    phase: "COMPLETED",
    namespaces: ["project-shop-production"],
  });
});

test("an image pull Secret that is no longer referenced goes, its environment stays", () => {
  const before = project({
    environments: [{ name: "development", imagePullSecrets: [{ name: "registry" }] }],
  });
  const old = desiredState(before).objects.find(({ name }) => name === "registry");
  if (!old) throw new Error("no pull Secret");
  const now = completed({ environments: [{ name: "development" }] });
  const state = desiredState(now);
  const sightings = [...allPresent(state), [old, present(live(old))] as const];
  const step = decide(state, observed(now, sightings, { known: [old] }));
  expect(step).toMatchObject({
    kind: "delete",
    phase: "COMPLETED",
    objects: [{ kind: "Secret", name: "registry" }],
  });
});

test("the Namespace of an environment in the spec is never a leftover", () => {
  const now = completed();
  const state = desiredState(now);
  const known = state.objects.map(({ kind, namespace, name }) => ({ kind, namespace, name }));
  expect(decide(state, observed(now, allPresent(state), { known }))).toEqual({
    kind: "settled",
    phase: "COMPLETED",
  });
});

test("leftovers are removed only when everything that is wanted is in place", () => {
  const { state, now } = leaving({});
  const missing = pick(state, "Kustomization");
  const sightings = new Map(now.sightings).set(objectKey(missing), ABSENT);
  expect(decide(state, { ...now, sightings })).toMatchObject({ kind: "create", phase: "CREATING_RESOURCES" });
});

test("what only the operator's defaults ask for is looked for too, though no list has shown it", () => {
  const environmentDefaults = { resourceQuota: { hard: { pods: "9" } } };
  const state = desiredState(going, {}, { environmentDefaults });
  const quota = pick(state, "ResourceQuota");
  const seen = state.objects.filter((object) => object !== quota);
  const step = decide(
    NOTHING,
    observed(
      going,
      seen.map((object) => [object, present(live(object))] as const),
      { environmentDefaults },
    ),
  );
  expect(step).toMatchObject({ kind: "read", objects: [{ kind: "ResourceQuota", name: "shop-quota" }] });
});

test("quota, limits and isolation go after the deployer, and before the Namespace", () => {
  const environmentDefaults = {
    resourceQuota: { hard: { pods: "9" } },
    limitRange: { limits: [{ type: "Container" as const, max: { cpu: "2" } }] },
    networkPolicy: { ingress: "OtherProjectsDenied" as const },
  };
  const state = desiredState(going, {}, { environmentDefaults });
  const { order } = playThrough(
    going,
    state.objects.map((object) => [object, present(live(object))] as const),
    state.objects.map(({ kind, namespace, name }) => ({ kind, namespace, name })),
  );
  expect(order.slice(-3)).toEqual(["ServiceAccount", "ResourceQuota LimitRange NetworkPolicy", "Namespace"]);
});
