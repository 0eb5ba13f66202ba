import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { describe, objectKey } from "../../../src/plan/index.ts";
import { anyDeeds, anyDefaults, anyFaults, anySpec, isOurs, type Plot, Scenario } from "./model/scenario.ts";

/**
 * The real reconciler, worker and resync against a model of the API server's semantics (model/), for any spec, any
 * world and any interleaving of faults. Promises about single requests stand in model/rules.ts. What a model cannot
 * show is in test/api. PROJECTGITOPS_SEED repeats a run.
 */
const seed = Number(process.env["PROJECTGITOPS_SEED"]) || Math.floor(Math.random() * 2 ** 31);
console.log(`model tests: PROJECTGITOPS_SEED=${seed}`);
/** Each property; PROJECTGITOPS_RUNS=1000 for a night. */
const RUNS = Number(process.env["PROJECTGITOPS_RUNS"]) || 25;
/** Milliseconds; a loaded machine takes its time. */
const TIMEOUT = 120_000;

const inAll = (
  name: string,
  plots: fc.Arbitrary<Plot>,
  promise: (scenario: Scenario, plot: Plot) => Promise<void>,
) =>
  test(
    name,
    () =>
      fc.assert(
        fc.asyncProperty(plots, (plot) => promise(new Scenario(plot), plot)),
        { seed, numRuns: RUNS },
      ),
    TIMEOUT,
  );

const none = fc.constant<never[]>([]);
const planted = fc.uniqueArray(fc.nat(20), { maxLength: 3 });

/** Planned objects that somebody else holds now. */
const obstacles = (scenario: Scenario) =>
  scenario.ids().filter((id) => {
    const there = scenario.server.objects.get(objectKey(id));
    return there !== undefined && !isOurs(there, scenario.project?.metadata.uid);
  });

const ready = ({ project }: Scenario) => project?.status?.conditions?.find(({ type }) => type === "Ready");

function expectComplete(scenario: Scenario): void {
  const { project, server } = scenario;
  expect(project?.status).toMatchObject({
    phase: "COMPLETED",
    conditions: [{ type: "Ready", status: "True" }],
  });
  const missing = scenario
    .ids()
    .filter((id) => !isOurs(server.objects.get(objectKey(id)), project?.metadata.uid));
  expect(missing.map(describe)).toEqual([]);
}

/** Further passes, and those of a process that remembers nothing, change nothing. @returns how much they tried to write */
async function expectStill(scenario: Scenario): Promise<number> {
  const { writes } = scenario;
  const version = scenario.server.version;
  await scenario.round();
  scenario.restart();
  await scenario.round();
  await scenario.round();
  expect(scenario.server.version).toBe(version);
  return scenario.writes - writes;
}

inAll(
  "whatever fails on the way, and wherever the process dies, a project comes to COMPLETED with each object made once",
  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none, defaults: anyDefaults }),
  async (scenario) => {
    await scenario.settle();
    expectComplete(scenario);
    for (const id of scenario.ids())
      expect([describe(id), scenario.created.get(objectKey(id))]).toEqual([describe(id), 1]);
    expect(await expectStill(scenario)).toBe(0);
  },
);

inAll(
  "what somebody else has planted is never touched, and the project is Ready only if nothing of it is in the way",
  fc.record({ spec: anySpec, faults: anyFaults, planted, deeds: anyDeeds(["plant"]) }),
  async (scenario) => {
    const theirs = () =>
      [...scenario.server.objects.values()]
        .filter(({ metadata }) => metadata.labels?.["theirs"] === "yes")
        .map(
          ({ kind, metadata }) =>
            `${kind} ${metadata.namespace}/${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`,
        );
    const before = theirs();
    await scenario.settle();
    expect(theirs()).toEqual(expect.arrayContaining(before.filter((line) => !isFlux(line))));
    if (obstacles(scenario).length === 0) expectComplete(scenario);
    else
      expect(scenario.project?.status).toMatchObject({
        conditions: [{ type: "Ready", status: "False" }, { type: "Stalled" }],
      });
    await expectStill(scenario);
  },
);
/** The model's Flux writes into every object of its kinds, whosever it is. */
const isFlux = (line: string): boolean => /^(GitRepository|Kustomization|HelmRelease)/.test(line);

inAll(
  "what others delete, edit or strip of its labels is put right, and what they add beside it stays",
  fc.record({
    spec: anySpec,
    faults: anyFaults,
    planted: none,
    deeds: anyDeeds(["delete", "edit", "label", "unlabel"]),
  }),
  async (scenario) => {
    await scenario.settle();
    // Past the time for which a field is left to somebody who keeps changing it.
    scenario.passTime(11 * 60_000);
    await scenario.settle();
    expectComplete(scenario);
  },
);

inAll(
  "what loses our mark is someone else's from then on",
  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: anyDeeds(["disown", "delete"]) }),
  async (scenario) => {
    await scenario.settle();
    if (obstacles(scenario).length === 0) expectComplete(scenario);
    else expect(ready(scenario)?.status).not.toBe("True");
    await expectStill(scenario);
  },
);

inAll(
  "an environment that leaves the spec goes, or is let go, and a deleted project leaves nothing of ours and everything of others",
  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }).chain((plot) =>
    fc.record({
      spec: fc.constant(plot.spec),
      faults: fc.constant(plot.faults),
      planted: none,
      deeds: none,
    }),
  ),
  async (scenario, { spec }) => {
    await scenario.settle();
    const { uid } = scenario.project?.metadata ?? {};
    const all = spec.environments ?? [];
    const left = all.slice(0, Math.max(1, all.length - 1)).map(({ ref: _ref, ...rest }) => rest);
    // Another member of the one-of: the one before it has to go.
    const git = { ...(scenario.project as ProjectGitOps).spec.git, ref: { semver: "1.x" } };
    scenario.apply({ ...spec, git, environments: left });
    await scenario.settle();
    expectComplete(scenario);
    const kept = new Set(scenario.ids().map(objectKey));
    expect(ours(scenario, uid).filter((key) => !kept.has(key))).toEqual([]);
    scenario.remove();
    await scenario.settle();
    expect(scenario.project).toBeUndefined();
    expect(ours(scenario, uid)).toEqual([]);
    expect(scenario.unpruned).toEqual([]);
    expect(scenario.server.objects.has("Secret/platform/git")).toBe(true);
  },
);
const ours = (scenario: Scenario, uid: string | undefined): string[] =>
  [...scenario.server.objects].filter(([, object]) => isOurs(object, uid)).map(([key]) => key);

inAll(
  "a set-up that a policy denies for good is rolled back to nothing, unless Flux has applied something, and succeeds when it may",
  fc.record({
    spec: anySpec.map((spec) => ({ ...spec, setup: { timeout: "10s" } })),
    faults: anyFaults,
    planted: none,
    deeds: none,
    denied: fc.record({
      kind: fc.constantFrom(
        "Secret",
        "ServiceAccount",
        "RoleBinding",
        "GitRepository",
        "Kustomization",
        "HelmRelease",
      ),
      environment: fc.constantFrom("development", "staging", "production"),
    }),
  }),
  async (scenario, { denied }) => {
    await scenario.settle();
    scenario.passTime(11 * 60_000);
    await scenario.settle();
    const { project, server } = scenario;
    const isHit = scenario
      .ids()
      .some((id) => id.kind === denied?.kind && id.namespace.endsWith(denied.environment));
    if (isHit) {
      expect(project?.status).toMatchObject({
        phase: "FAILED",
        setup: { outcome: "Failed", cause: { reason: "Forbidden" } },
      });
      const delivered = server.list("Kustomization").length + server.list("HelmRelease").length > 0;
      if (!delivered) expect(ours(scenario, project?.metadata.uid)).toEqual([]);
    }
    scenario.isLenient = true;
    scenario.annotate({ "reconcile.fluxcd.io/requestedAt": "again" });
    await scenario.settle();
    expectComplete(scenario);
  },
);

inAll(
  "a protected environment outlives its project until somebody confirms, and then goes",
  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }).map((plot) => ({
    ...plot,
    spec: {
      ...plot.spec,
      environments: (plot.spec.environments ?? []).map((one, i) =>
        i === 0 ? { ...one, protected: true } : one,
      ),
    },
  })),
  async (scenario) => {
    await scenario.settle();
    const { uid } = scenario.project?.metadata ?? {};
    const home = scenario.ids().find(({ kind }) => kind === "Namespace")?.name ?? "";
    const guarded = scenario.ids().filter(({ namespace, name }) => [namespace, name].includes(home));
    scenario.remove();
    await scenario.settle();
    expect(ours(scenario, uid)).toEqual(expect.arrayContaining(guarded.map(objectKey)));
    expect(ours(scenario, uid)).toHaveLength(guarded.length);
    expect(ready(scenario)).toMatchObject({ status: "False", reason: "DeletionProtected" });
    scenario.annotate({ "projectgitops.dev/confirm-delete": home });
    await scenario.settle();
    expect(ours(scenario, uid)).toEqual([]);
    expect(scenario.project).toBeUndefined();
  },
);

inAll(
  "a project that was lost and is applied again takes over what it had: nothing is made or deleted anew",
  fc.record({ spec: anySpec, faults: anyFaults, planted: none, deeds: none }),
  async (scenario, { spec }) => {
    await scenario.settle();
    const uids = () => scenario.ids().map((id) => scenario.server.objects.get(objectKey(id))?.metadata.uid);
    const before = uids();
    scenario.lose();
    scenario.restart();
    scenario.apply(spec);
    await scenario.settle();
    expectComplete(scenario);
    expect(uids()).toEqual(before);
    expect(await expectStill(scenario)).toBe(0);
  },
);

inAll(
  "a Namespace that an administrator hands over is adopted, and stands as it was when the project is gone",
  fc.record({
    spec: anySpec,
    faults: anyFaults,
    planted: none,
    deeds: none,
    adopted: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  }),
  async (scenario, { adopted = [] }) => {
    const homes = scenario.ids().filter(({ kind }) => kind === "Namespace");
    const handed = homes.filter((_id, i) => adopted.includes(i)).map(objectKey);
    await scenario.settle();
    expectComplete(scenario);
    scenario.remove();
    await scenario.settle();
    expect(scenario.project).toBeUndefined();
    for (const key of handed) {
      const { labels, annotations } = scenario.server.objects.get(key)?.metadata ?? {};
      expect([labels?.["theirs"], Object.keys(annotations ?? {})]).toEqual(["yes", []]);
    }
  },
);

inAll(
  "defaults of the operator that come and go leave every environment with exactly what they ask for",
  fc.record({
    spec: anySpec,
    faults: anyFaults,
    planted: none,
    deeds: none,
    defaults: anyDefaults,
    next: anyDefaults,
  }),
  async (scenario, plot) => {
    await scenario.settle();
    const { uid } = scenario.project?.metadata ?? {};
    scenario.restart((plot as Plot & { next: Plot["defaults"] }).next);
    await scenario.settle();
    expectComplete(scenario);
    expect(new Set(ours(scenario, uid))).toEqual(new Set(scenario.ids().map(objectKey)));
    scenario.remove();
    await scenario.settle();
    expect(scenario.project).toBeUndefined();
    expect(ours(scenario, uid)).toEqual([]);
  },
);
