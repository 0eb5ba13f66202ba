|| 25;import { expect, test } from "bun:test";
|| 25;import fc from "fast-check";
|| 25;import type { ProjectGitOps } from "../../../src/api/schema.ts";
|| 25;import { describe, objectKey } from "../../../src/plan/index.ts";
|| 25;import { anyDeeds, anyFaults, anySpec, isOurs, type Plot, Scenario } from "./model/scenario.ts";
|| 25;
|| 25;/**
|| 25; * The real reconciler, worker and resync against a model of the API server's semantics (model/), for any spec, any
|| 25; * world and any interleaving of faults. Promises about single requests stand in model/rules.ts. What a model cannot
|| 25; * show is in test/api. PROJECTGITOPS_SEED repeats a run.
|| 25; */
|| 25;const seed = Number(process.env["PROJECTGITOPS_SEED"]) || Math.floor(Math.random() * 2 ** 31);
|| 25;console.log(`model tests: PROJECTGITOPS_SEED=${seed}`);
|| 25;/** Each property; PROJECTGITOPS_RUNS=1000 for a night. */
|| 25;const RUNS = Number(process.env["PROJECTGITOPS_RUNS"]) || 40;
|| 25;/** Milliseconds; a loaded machine takes its time. */
|| 25;const TIMEOUT = 120_000;
|| 25;
|| 25;const inAll = (
|| 25;  name: string,
|| 25;  plots: fc.Arbitrary<Plot>,
|| 25;  promise: (scenario: Scenario, plot: Plot) => Promise<void>,
|| 25;) =>
|| 25;  test(
|| 25;    name,
|| 25;    () =>
|| 25;      fc.assert(
|| 25;        fc.asyncProperty(plots, (plot) => promise(new Scenario(plot), plot)),
|| 25;        { seed, numRuns: RUNS },
|| 25;      ),
|| 25;    TIMEOUT,
|| 25;  );
|| 25;
|| 25;const none = fc.constant<never[]>([]);
|| 25;const planted = fc.uniqueArray(fc.nat(20), { maxLength: 3 });
|| 25;
|| 25;/** Planned objects that somebody else holds now. */
|| 25;const obstacles = (scenario: Scenario) =>
|| 25;  scenario.ids().filter((id) => {
|| 25;    const there = scenario.server.objects.get(objectKey(id));
|| 25;    return there !== undefined && !isOurs(there, scenario.project?.metadata.uid);
|| 25;  });
|| 25;
|| 25;const ready = ({ project }: Scenario) => project?.status?.conditions?.find(({ type }) => type === "Ready");
|| 25;
|| 25;function expectComplete(scenario: Scenario): void {
|| 25;  const { project, server } = scenario;
|| 25;  expect(project?.status).toMatchObject({
|| 25;    phase: "COMPLETED",
|| 25;    conditions: [{ type: "Ready", status: "True" }],
|| 25;  });
|| 25;  const missing = scenario
|| 25;    .ids()
|| 25;    .filter((id) => !isOurs(server.objects.get(objectKey(id)), project?.metadata.uid));
|| 25;  expect(missing.map(describe)).toEqual([]);
|| 25;}
|| 25;
|| 25;/** Further passes, and those of a process that remembers nothing, change nothing. @returns how much they tried to write */
|| 25;async function expectStill(scenario: Scenario): Promise<number> {
|| 25;  const { writes } = scenario;
|| 25;  const version = scenario.server.version;
|| 25;  await scenario.round();
|| 25;  scenario.restart();
|| 25;  await scenario.round();
|| 25;  await scenario.round();
|| 25;  expect(scenario.server.version).toBe(version);
|| 25;  return scenario.writes - writes;
|| 25;}
|| 25;
|| 25;inAll(
|| 25;  "whatever fails on the way, and wherever the process dies, a project comes to COMPLETED with each object made once",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }),
|| 25;  async (scenario) => {
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;    for (const id of scenario.ids())
|| 25;      expect([describe(id), scenario.created.get(objectKey(id))]).toEqual([describe(id), 1]);
|| 25;    expect(await expectStill(scenario)).toBe(0);
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "what somebody else has planted is never touched, and the project is Ready only if nothing of it is in the way",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted, deeds: anyDeeds(["plant"]) }),
|| 25;  async (scenario) => {
|| 25;    const theirs = () =>
|| 25;      [...scenario.server.objects.values()]
|| 25;        .filter(({ metadata }) => metadata.labels?.["theirs"] === "yes")
|| 25;        .map(
|| 25;          ({ kind, metadata }) =>
|| 25;            `${kind} ${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
|| 25;        );
|| 25;    const before = theirs();
|| 25;    await scenario.settle();
|| 25;    expect(theirs()).toEqual(expect.arrayContaining(before.filter((line) => !isFlux(line))));
|| 25;    if (obstacles(scenario).length === 0) expectComplete(scenario);
|| 25;    else
|| 25;      expect(scenario.project?.status).toMatchObject({
|| 25;        conditions: [{ type: "Ready", status: "False" }, { type: "Stalled" }],
|| 25;      });
|| 25;    await expectStill(scenario);
|| 25;  },
|| 25;);
|| 25;/** The model's Flux writes into every object of its kinds, whosever it is. */
|| 25;const isFlux = (line: string): boolean => /^(GitRepository|Kustomization|HelmRelease)/.test(line);
|| 25;
|| 25;inAll(
|| 25;  "what others delete, edit or strip of its labels is put right, and what they add beside it stays",
|| 25;  fc.record({
|| 25;    spec: anySpec,
|| 25;    faults: anyFaults,
|| 25;    planted: none,
|| 25;    deeds: anyDeeds(["delete", "edit", "label", "unlabel"]),
|| 25;  }),
|| 25;  async (scenario) => {
|| 25;    await scenario.settle();
|| 25;    // Past the time for which a field is left to somebody who keeps changing it.
|| 25;    scenario.passTime(11 * 60_000);
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "what loses our mark is someone else's from then on",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: anyDeeds(["disown", "delete"]) }),
|| 25;  async (scenario) => {
|| 25;    await scenario.settle();
|| 25;    if (obstacles(scenario).length === 0) expectComplete(scenario);
|| 25;    else expect(ready(scenario)?.status).not.toBe("True");
|| 25;    await expectStill(scenario);
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "an environment that leaves the spec goes, or is let go, and a deleted project leaves nothing of ours and everything of others",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }).chain((plot) =>
|| 25;    fc.record({
|| 25;      spec: fc.constant(plot.spec),
|| 25;      faults: fc.constant(plot.faults),
|| 25;      planted: none,
|| 25;      deeds: none,
|| 25;    }),
|| 25;  ),
|| 25;  async (scenario, { spec }) => {
|| 25;    await scenario.settle();
|| 25;    const { uid } = scenario.project?.metadata ?? {};
|| 25;    const all = spec.environments ?? [];
|| 25;    const left = all.slice(0, Math.max(1, all.length - 1)).map(({ ref: _ref, ...rest }) => rest);
|| 25;    // Another member of the one-of: the one before it has to go.
|| 25;    const git = { ...(scenario.project as ProjectGitOps).spec.git, ref: { semver: "1.x" } };
|| 25;    scenario.apply({ ...spec, git, environments: left });
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;    const kept = new Set(scenario.ids().map(objectKey));
|| 25;    expect(ours(scenario, uid).filter((key) => !kept.has(key))).toEqual([]);
|| 25;    scenario.remove();
|| 25;    await scenario.settle();
|| 25;    expect(scenario.project).toBeUndefined();
|| 25;    expect(ours(scenario, uid)).toEqual([]);
|| 25;    expect(scenario.unpruned).toEqual([]);
|| 25;    expect(scenario.server.objects.has("Secret/platform/git")).toBe(true);
|| 25;  },
|| 25;);
|| 25;const ours = (scenario: Scenario, uid: string | undefined): string[] =>
|| 25;  [...scenario.server.objects].filter(([, object]) => isOurs(object, uid)).map(([key]) => key);
|| 25;
|| 25;inAll(
|| 25;  "a set-up that a policy denies for good is rolled back to nothing, unless Flux has applied something, and succeeds when it may",
|| 25;  fc.record({
|| 25;    spec: anySpec.map((spec) => ({ ...spec, setup: { timeout: "10s" } })),
|| 25;    faults: anyFaults,
|| 25;    planted: none,
|| 25;    deeds: none,
|| 25;    denied: fc.record({
|| 25;      kind: fc.constantFrom(
|| 25;        "Secret",
|| 25;        "ServiceAccount",
|| 25;        "RoleBinding",
|| 25;        "GitRepository",
|| 25;        "Kustomization",
|| 25;        "HelmRelease",
|| 25;      ),
|| 25;      environment: fc.constantFrom("development", "staging", "production"),
|| 25;    }),
|| 25;  }),
|| 25;  async (scenario, { denied }) => {
|| 25;    await scenario.settle();
|| 25;    scenario.passTime(11 * 60_000);
|| 25;    await scenario.settle();
|| 25;    const { project, server } = scenario;
|| 25;    const isHit = scenario
|| 25;      .ids()
|| 25;      .some((id) => id.kind === denied?.kind && id.namespace.endsWith(denied.environment));
|| 25;    if (isHit) {
|| 25;      expect(project?.status).toMatchObject({
|| 25;        phase: "FAILED",
|| 25;        setup: { outcome: "Failed", cause: { reason: "Forbidden" } },
|| 25;      });
|| 25;      const delivered = server.list("Kustomization").length + server.list("HelmRelease").length > 0;
|| 25;      if (!delivered) expect(ours(scenario, project?.metadata.uid)).toEqual([]);
|| 25;    }
|| 25;    scenario.isLenient = true;
|| 25;    scenario.annotate({ "reconcile.fluxcd.io/requestedAt": "again" });
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "a protected environment outlives its project until somebody confirms, and then goes",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }).map((plot) => ({
|| 25;    ...plot,
|| 25;    spec: {
|| 25;      ...plot.spec,
|| 25;      environments: (plot.spec.environments ?? []).map((one, i) =>
|| 25;        i === 0 ? { ...one, protected: true } : one,
|| 25;      ),
|| 25;    },
|| 25;  })),
|| 25;  async (scenario) => {
|| 25;    await scenario.settle();
|| 25;    const { uid } = scenario.project?.metadata ?? {};
|| 25;    const home = scenario.ids().find(({ kind }) => kind === "Namespace")?.name ?? "";
|| 25;    const guarded = scenario.ids().filter(({ namespace, name }) => [namespace, name].includes(home));
|| 25;    scenario.remove();
|| 25;    await scenario.settle();
|| 25;    expect(ours(scenario, uid)).toEqual(expect.arrayContaining(guarded.map(objectKey)));
|| 25;    expect(ours(scenario, uid)).toHaveLength(guarded.length);
|| 25;    expect(ready(scenario)).toMatchObject({ status: "False", reason: "DeletionProtected" });
|| 25;    scenario.annotate({ "projectgitops.dev/confirm-delete": home });
|| 25;    await scenario.settle();
|| 25;    expect(ours(scenario, uid)).toEqual([]);
|| 25;    expect(scenario.project).toBeUndefined();
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "a project that was lost and is applied again takes over what it had: nothing is made or deleted anew",
|| 25;  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }),
|| 25;  async (scenario, { spec }) => {
|| 25;    await scenario.settle();
|| 25;    const uids = () => scenario.ids().map((id) => scenario.server.objects.get(objectKey(id))?.metadata.uid);
|| 25;    const before = uids();
|| 25;    scenario.lose();
|| 25;    scenario.restart();
|| 25;    scenario.apply(spec);
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;    expect(uids()).toEqual(before);
|| 25;    expect(await expectStill(scenario)).toBe(0);
|| 25;  },
|| 25;);
|| 25;
|| 25;inAll(
|| 25;  "a Namespace that an administrator hands over is adopted, and stands as it was when the project is gone",
|| 25;  fc.record({
|| 25;    spec: anySpec,
|| 25;    faults: anyFaults,
|| 25;    planted: none,
|| 25;    deeds: none,
|| 25;    adopted: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
|| 25;  }),
|| 25;  async (scenario, { adopted = [] }) => {
|| 25;    const homes = scenario.ids().filter(({ kind }) => kind === "Namespace");
|| 25;    const handed = homes.filter((_id, i) => adopted.includes(i)).map(objectKey);
|| 25;    await scenario.settle();
|| 25;    expectComplete(scenario);
|| 25;    scenario.remove();
|| 25;    await scenario.settle();
|| 25;    expect(scenario.project).toBeUndefined();
|| 25;    for (const key of handed) {
|| 25;      const { labels, annotations } = scenario.server.objects.get(key)?.metadata ?? {};
|| 25;      expect([labels?.["theirs"], Object.keys(annotations ?? {})]).toEqual(["yes", []]);
|| 25;    }
|| 25;  },
|| 25;);
