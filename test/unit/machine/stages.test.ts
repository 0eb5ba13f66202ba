import { expect, test } from "bun:test";
import { type DesiredState, decide, type Sighting, type Step } from "../../../src/machine/index.ts";
import { type Desired, homeNamespace, MANAGED_KINDS, type ManagedKind } from "../../../src/plan/index.ts";
import {
  ABSENT,
  allPresent,
  completed,
  desiredState,
  foreign,
  ids,
  live,
  OTHER_UID,
  observed,
  pick,
  present,
  project,
  SAME_ID,
} from "./support.ts";

const shop = project();
const desired = desiredState(shop);
const kindsOf = (step: Step): ManagedKind[] =>
  "objects" in step ? [...new Set(step.objects.map(({ kind }) => kind))] : [];
/** Sightings of everything up to and including a phase. */
const upTo = (phases: number, state: DesiredState = desired) =>
  state.objects
    .filter(({ kind }) => ORDER.indexOf(MANAGED_KINDS[kind].phase) < phases)
    .map((object) => [object, present(live(object))] as const);
const ORDER: string[] = ["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_RESOURCES"];
const development = pick(desired, "Namespace");

test("a new project begins with the Namespaces of all environments, and nothing else", () => {
  const step = decide(desired, observed(shop));
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_NAMESPACES" });
  expect(kindsOf(step)).toEqual(["Namespace"]);
  expect("objects" in step && step.objects).toHaveLength(2);
});

test("no Secret is sent while one Namespace of any environment is missing", () => {
  const step = decide(desired, observed(shop, [[development, present(live(development))]]));
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_NAMESPACES" });
  expect("objects" in step && ids(step.objects)).toEqual(["Namespace project-shop-production"]);
});

test("no Secret is sent into a Namespace that is on its way out", () => {
  const going = live(development, { metadata: { deletionTimestamp: "2026-11-22T05:59:00Z" } });
  const step = decide(desired, observed(shop, [...upTo(1), [development, present(going)]]));
  expect(step).toMatchObject({ kind: "wait", phase: "CREATING_NAMESPACES", reason: "NamespaceTerminating" });
});

test("before anything is sent into a Namespace that only an earlier look vouches for, it is read", () => {
  const secret = pick(desired, "Secret");
  const seen = (object: Desired): Sighting =>
    object === secret ? ABSENT : { state: "intact", hash: object.hash };
  const before = allPresent(desired, seen);
  const step = decide(desired, observed(completed(), before));
  expect(step).toMatchObject({ kind: "read", phase: "CREATING_SECRETS" });
  expect("objects" in step && ids(step.objects)).toEqual(["Namespace project-shop-development"]);
  // Made again by someone else since: nothing is sent into it.
  const theirs = [...before, [development, present(foreign(development))] as const];
  expect(decide(desired, observed(completed(), theirs))).toMatchObject({
    kind: "stall",
    reason: "HeldByAnother",
  });
  const ours = [...before, [development, present(live(development))] as const];
  expect(decide(desired, observed(completed(), ours))).toMatchObject({ kind: "create", objects: [secret] });
});

test("a Namespace that does not go says what holds it, in the namespace controller's words", () => {
  const status = {
    conditions: [
      {
        type: "NamespaceContentRemaining",
        status: "True",
        message: "kustomizations has 1 resource instances",
      },
      { type: "NamespaceDeletionDiscoveryFailure", status: "False", message: "all resources discovered" },
    ],
  };
  const going = live(development, { status, metadata: { deletionTimestamp: "2026-11-22T05:59:00Z" } });
  const step = decide(desired, observed(shop, [[development, present(going)]]));
  expect(step.kind === "wait" && step.message).toContain("kustomizations has 1 resource instances");
  expect(step.kind === "wait" && step.message).not.toContain("discovered");
});

test("the Secrets come when every Namespace is there", () => {
  const step = decide(desired, observed(shop, upTo(1)));
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_SECRETS" });
  expect(kindsOf(step)).toEqual(["Secret"]);
});

test("no Flux object and no deployer is sent while one Secret is missing", () => {
  const secret = pick(desired, "Secret", "production");
  const step = decide(
    desired,
    observed(shop, [...upTo(1), [pick(desired, "Secret"), present(live(pick(desired, "Secret")))]]),
  );
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_SECRETS", objects: [secret] });
});

test("the resources come when every Secret is there", () => {
  const step = decide(desired, observed(shop, upTo(2)));
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_RESOURCES" });
  expect(kindsOf(step)).toEqual(["ServiceAccount", "RoleBinding", "GitRepository", "Kustomization"]);
});

test("when every object is there, ours and as desired, the project is COMPLETED", () => {
  expect(decide(desired, observed(shop, allPresent(desired)))).toEqual({
    kind: "settled",
    phase: "COMPLETED",
  });
});

test("versions that were verified before need no read", () => {
  const intact = allPresent(desired, (object): Sighting => ({ state: "intact", hash: object.hash }));
  expect(decide(desired, observed(shop, intact))).toEqual({ kind: "settled", phase: "COMPLETED" });
});

test("a new spec makes what was verified for the old one be read again", () => {
  const repository = pick(desired, "GitRepository");
  const sightings = allPresent(desired, (object) =>
    object === repository ? { state: "intact", hash: "of the old manifest" } : undefined,
  );
  expect(decide(desired, observed(shop, sightings))).toEqual({
    kind: "read",
    phase: "CREATING_RESOURCES",
    objects: [repository],
  });
});

test("an object that a list shows at a new version is read before it is judged", () => {
  const sightings = allPresent(desired, ({ kind }) =>
    kind === "RoleBinding" ? { state: "listed" } : undefined,
  );
  const step = decide(desired, observed(shop, sightings));
  expect(step).toMatchObject({ kind: "read", phase: "CREATING_RESOURCES" });
  expect(kindsOf(step)).toEqual(["RoleBinding"]);
});

test("an object of an early stage that has gone is made again before any later one is looked at", () => {
  const sightings = allPresent(desired, ({ kind }) => (kind === "Secret" ? ABSENT : { state: "listed" }));
  const step = decide(desired, observed(completed(), [...sightings, ...upTo(1)]));
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_SECRETS" });
});

const HELD: [ManagedKind, string][] = [
  ["Namespace", "CREATING_NAMESPACES"],
  ["Secret", "CREATING_SECRETS"],
  ["GitRepository", "CREATING_RESOURCES"],
];
for (const [kind, phase] of HELD) {
  const held = pick(desired, kind);
  const sightings = allPresent(desired, (object) => (object === held ? present(foreign(object)) : undefined));

  test(`a ${kind} held by someone else ends a first set-up at once, with a rollback`, () => {
    const step = decide(desired, observed(shop, sightings));
    expect(step).toMatchObject({
      kind: "mark",
      phase: "ROLLING_BACK",
      outcome: "RollingBack",
      cause: { reason: "HeldByAnother", object: held },
    });
  });

  test(`a ${kind} held by someone else stalls a project that was COMPLETED, and nothing is removed`, () => {
    expect(decide(desired, observed(completed(), sightings))).toMatchObject({
      kind: "stall",
      phase,
      reason: "HeldByAnother",
    });
  });
}

test("the message of a conflict names the holder and the two ways out", () => {
  const step = decide(desired, observed(completed(), [[development, present(foreign(development))]]));
  const text = step.kind === "stall" ? step.message : "";
  expect(text).toContain(
    "Namespace project-shop-development is held by someone else (written by kubectl-create)",
  );
  expect(text).toContain("projectgitops.dev/adopt=shop");
  expect(text).toContain("choose another projectId or environment name");
  const owner = { key: "team-b/shop", uid: OTHER_UID };
  const other = decide(desired, observed(completed(), [[development, present(foreign(development, owner))]]));
  expect(other.kind === "stall" && other.message).toContain("is held by ProjectGitOps team-b/shop");
});

test("an object with our uid inside a Namespace that is not ours is not ours: tenants can write it", () => {
  const planted = live(pick(desired, "Secret"));
  const home = foreign(development, { key: "team-b/shop", uid: OTHER_UID });
  const step = decide(
    desired,
    observed(completed(), [
      ...allPresent(desired),
      [development, present(home)],
      [pick(desired, "Secret"), present(planted)],
    ]),
  );
  expect(step).toMatchObject({ kind: "stall", phase: "CREATING_NAMESPACES", reason: "HeldByAnother" });
});

test("an object of an earlier ProjectGitOps of this name is taken over where it is desired, in one update", () => {
  const owner = { key: "platform/shop", uid: OTHER_UID };
  const step = decide(desired, observed(completed(), [[development, present(foreign(development, owner))]]));
  expect(step).toMatchObject({ kind: "create", objects: [{ name: "project-shop-production" }] });
  const all = allPresent(desired, (object) =>
    object === development ? present(foreign(object, owner)) : undefined,
  );
  expect(decide(desired, observed(completed(), all))).toMatchObject({
    kind: "update",
    changes: [{ desired: development, claim: "takeOver" }],
  });
});

test("one that differs in an immutable field is made anew, whether it is ours or of an earlier ProjectGitOps", () => {
  const owner = { key: "platform/shop", uid: OTHER_UID };
  const binding = pick(desired, "RoleBinding");
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
  for (const object of [live(binding), foreign(binding, owner)]) {
    const all = allPresent(desired, (one) => (one === binding ? present({ ...object, roleRef }) : undefined));
    expect(decide(desired, observed(completed(), all))).toMatchObject({ kind: "delete", objects: [binding] });
  }
});

test("one that is labelled for adoption and differs in an immutable field stalls, and says which field", () => {
  const binding = pick(desired, "RoleBinding");
  const sighting = labelled(binding, "shop");
  if (sighting.state !== "present") throw new Error("not present");
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
  const world = observed(
    completed(),
    allPresent(desired, (one) => (one === binding ? present({ ...sighting.object, roleRef }) : undefined)),
  );
  const step = decide(desired, world);
  expect(step).toMatchObject({ kind: "stall", reason: "FieldConflict" });
  expect(step.kind === "stall" && step.message).toContain("roleRef.name is another");
});

/** The object as an administrator has labelled it. */
const labelled = (object: Desired, label: string, annotations: Record<string, string> = {}) =>
  present({
    ...foreign(object),
    metadata: { ...foreign(object).metadata, labels: { "projectgitops.dev/adopt": label }, annotations },
  });
const ADOPTIONS: [string, Sighting, boolean][] = [
  ["labelled for this project", labelled(development, "shop"), true],
  [
    "labelled for this very object",
    labelled(development, "shop", { "projectgitops.dev/adopt-by": "platform/shop" }),
    true,
  ],
  [
    "labelled for an object elsewhere",
    labelled(development, "shop", { "projectgitops.dev/adopt-by": "team-b/shop" }),
    false,
  ],
  ["labelled for another project", labelled(development, "blog"), false],
  [
    "labelled, but held by another ProjectGitOps",
    labelled(development, "shop", {
      "projectgitops.dev/owner": "team-b/x",
      "projectgitops.dev/owner-uid": OTHER_UID,
    }),
    false,
  ],
];
for (const [what, sighting, taken] of ADOPTIONS)
  test(`a Namespace ${what} is ${taken ? "adopted, without force" : "not adopted"}`, () => {
    const all = allPresent(desired, (object) => (object === development ? sighting : undefined));
    const step = decide(desired, observed(completed(), all));
    if (taken) expect(step).toMatchObject({ kind: "update", changes: [{ claim: "adopt", force: false }] });
    else expect(step).toMatchObject({ kind: "stall", reason: "HeldByAnother" });
  });

test("a label of adoption on an object inside a Namespace that is not ours hands nothing over", () => {
  const secret = pick(desired, "Secret");
  const all = allPresent(desired, (object) => {
    if (object === development) return present(foreign(object));
    return object === secret ? labelled(secret, "shop") : undefined;
  });
  expect(decide(desired, observed(completed(), all))).toMatchObject({
    kind: "stall",
    phase: "CREATING_NAMESPACES",
  });
});

test("a field of an adopted Namespace that somebody else holds stalls", () => {
  const refusals = [{ id: development, reason: "FieldConflict", message: "held by istio" }] as const;
  expect(decide(desired, observed(completed(), allPresent(desired), { refusals }))).toMatchObject({
    kind: "stall",
    reason: "FieldConflict",
  });
});

test("a Namespace of its own name is looked for before it is used, and never created", () => {
  const own = completed({ environments: [{ name: "development", namespace: "shop-dev" }] });
  const state = desiredState(own);
  expect(decide(state, observed(own))).toMatchObject({ kind: "read", objects: [{ name: "shop-dev" }] });
  const step = decide(state, observed(own, [[pick(state, "Namespace"), ABSENT]]));
  expect(step).toMatchObject({ kind: "stall", reason: "InvalidSpec" });
});

test("changed fields are changed back, each object once a pass", () => {
  const repository = pick(desired, "GitRepository");
  const edited = live(repository, { spec: { ...(repository.manifest["spec"] as object), interval: "9m" } });
  const sightings = allPresent(desired, (object) => (object === repository ? present(edited) : undefined));
  expect(decide(desired, observed(shop, sightings))).toMatchObject({
    kind: "update",
    phase: "CREATING_RESOURCES",
    changes: [{ desired: repository, fields: ["spec.interval"] }],
  });
  const applied = new Set([`GitRepository/${repository.namespace}/${repository.name}`]);
  expect(decide(desired, observed(shop, sightings, { applied }))).toEqual({
    kind: "settled",
    phase: "COMPLETED",
  });
});

const IMMUTABLE: [string, (object: Desired) => Sighting][] = [
  [
    "a RoleBinding whose role has changed",
    (object) =>
      present(
        live(object, {
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
        }),
      ),
  ],
  ["a Secret whose type has changed", (object) => present(live(object, { type: "Opaque" }))],
];
for (const [what, sighting] of IMMUTABLE)
  test(`${what} is deleted and made again, for it cannot be changed in place`, () => {
    const kind = what.includes("RoleBinding") ? "RoleBinding" : "Secret";
    const object = pick(desired, kind);
    const step = decide(
      desired,
      observed(
        completed(),
        allPresent(desired, (other) => (other === object ? sighting(other) : undefined)),
      ),
    );
    expect(step).toMatchObject({ kind: "delete", objects: [{ kind, name: object.name }] });
    const gone = decide(
      desired,
      observed(
        completed(),
        allPresent(desired, (other) => (other === object ? ABSENT : undefined)),
      ),
    );
    expect(gone).toMatchObject({ kind: "create", objects: [object] });
  });

test("what is missing is created before what is wrong is changed", () => {
  const repository = pick(desired, "GitRepository");
  const wrong = live(repository, { spec: {} });
  const sightings = allPresent(desired, (object) => {
    if (object === repository) return present(wrong);
    return object.kind === "Kustomization" && homeNamespace(object).endsWith("production")
      ? ABSENT
      : undefined;
  });
  expect(decide(desired, observed(completed(), sightings))).toMatchObject({ kind: "create" });
});

test("a project inside a namespace that a project manages is refused", () => {
  expect(decide(desired, observed(shop, [], { nestedIn: "platform/outer" }))).toMatchObject({
    kind: "stall",
    reason: "NestedProject",
  });
});

test("a spec that cannot be carried out stalls, and nothing is made", () => {
  const invalid = { reason: "InvalidSpec", message: "spec.git.url: …" } as const;
  expect(decide({ objects: [], invalid }, observed(shop))).toMatchObject({ kind: "stall", ...invalid });
});

test("a suspended project is left as it is, in the phase in which it stood", () => {
  const given = { ...completed({ suspend: true }) };
  expect(decide({ objects: [] }, observed(given))).toMatchObject({
    kind: "stall",
    phase: "COMPLETED",
    reason: "Suspended",
  });
});

const PEERS: [string, { creationTimestamp: string; uid: string }, boolean][] = [
  ["an older one", { creationTimestamp: "2026-01-01T00:00:00Z", uid: "z" }, true],
  ["one of the same second with a lower uid", { creationTimestamp: "", uid: "0" }, true],
  ["one of the same second with a higher uid", { creationTimestamp: "", uid: "z" }, false],
  ["a younger one", { creationTimestamp: "2027-01-01T00:00:00Z", uid: "0" }, false],
];
for (const [which, peer, loses] of PEERS)
  test(`of two projects with one projectId, ${loses ? "this one gives way to" : "this one wins over"} ${which}`, () => {
    const creationTimestamp = peer.creationTimestamp || (shop.metadata.creationTimestamp ?? "");
    const peers = [{ key: "team-b/shop", uid: peer.uid, creationTimestamp, ...SAME_ID }];
    const step = decide(desired, observed(shop, [], { peers }));
    if (!loses) expect(step).toMatchObject({ kind: "create", phase: "CREATING_NAMESPACES" });
    else expect(step).toMatchObject({ kind: "mark", cause: { reason: "DuplicateProject" } });
    const later = decide(desired, observed(completed(), allPresent(desired), { peers }));
    // Of one second, the one that was COMPLETED keeps it.
    const gives = loses && peer.creationTimestamp !== "";
    expect(later).toMatchObject(gives ? { kind: "stall", reason: "DuplicateProject" } : { kind: "settled" });
  });

const LIMITED = { environmentDefaults: { resourceQuota: { hard: { secrets: "9" } } } };

test("quota, limits and isolation are among the resources, and come before the deployer", () => {
  const state = desiredState(shop, {}, LIMITED);
  const step = decide(
    state,
    observed(
      shop,
      allPresent(state, ({ kind }) => (kind === "Namespace" || kind === "Secret" ? undefined : ABSENT)),
    ),
  );
  expect(step).toMatchObject({ kind: "create", phase: "CREATING_RESOURCES" });
  expect(kindsOf(step).slice(0, 2)).toEqual(["ResourceQuota", "ServiceAccount"]);
});

test("a quota of ours takes on its new amounts before a Secret that it may refuse is sent", () => {
  const state = desiredState(shop, {}, LIMITED);
  const quota = pick(state, "ResourceQuota");
  const secret = pick(state, "Secret");
  const old = live(quota, { spec: { hard: { secrets: "0" } } });
  const sightings = allPresent(state, (object) => {
    if (object === secret) return ABSENT;
    return object === quota ? present(old) : undefined;
  });
  const changed = decide(state, observed(shop, sightings));
  expect(changed).toMatchObject({ kind: "update", changes: [{ desired: { name: "shop-quota" } }] });
  const listed = sightings.map(([id, was]) => [id, id === quota ? LISTED : was] as const);
  expect(decide(state, observed(shop, listed))).toMatchObject({
    kind: "read",
    objects: [{ kind: "ResourceQuota" }],
  });
});

test("a quota that is not asked for any more goes before a Secret that it may refuse is sent", () => {
  const before = desiredState(shop, {}, LIMITED);
  const quota = pick(before, "ResourceQuota");
  const state = desiredState(shop);
  const sightings = [
    ...allPresent(state, ({ kind }) => (kind === "Secret" ? ABSENT : undefined)),
    [quota, present(live(quota))] as const,
  ];
  expect(decide(state, observed(shop, sightings, { known: [quota] }))).toMatchObject({
    kind: "delete",
    phase: "CREATING_SECRETS",
    objects: [{ kind: "ResourceQuota", name: "shop-quota" }],
  });
});
const LISTED: Sighting = { state: "listed" };
