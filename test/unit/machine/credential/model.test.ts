import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  anyHostFaults,
  anyTurns,
  type CredentialPlot,
  CredentialScenario,
  type Turn,
} from "../model/credential-scenario.ts";
import { anyFaults } from "../model/scenario.ts";

/**
 * The real reconciler over models of the API server, of a git host and of Flux, with faults and crashes at any request
 * and any call. What has to hold at every moment stands in the scenario. PROJECTGITOPS_SEED repeats a run.
 */
const seed = Number(process.env["PROJECTGITOPS_SEED"]) || Math.floor(Math.random() * 2 ** 31);
console.log(`credential model tests: PROJECTGITOPS_SEED=${seed}`);
const RUNS = Number(process.env["PROJECTGITOPS_RUNS"]) || 15;
const TIMEOUT = 120_000;

const plots = (
  turns: Turn[],
  duds: fc.Arbitrary<boolean[]> = fc.constant([]),
): fc.Arbitrary<CredentialPlot> =>
  fc.record({
    kind: fc.constantFrom("deployKey", "accessToken"),
    faults: anyFaults,
    hostFaults: anyHostFaults,
    duds,
    turns: anyTurns(...turns),
    fluxEvery: fc.integer({ min: 1, max: 3 }),
  });

const inAll = (
  name: string,
  given: fc.Arbitrary<CredentialPlot>,
  promise: (scenario: CredentialScenario) => Promise<void>,
) =>
  test(
    name,
    () =>
      fc.assert(
        fc.asyncProperty(given, (plot) => promise(new CredentialScenario(plot))),
        { seed, numRuns: RUNS },
      ),
    TIMEOUT,
  );

/** Ready, with exactly the one that is in force at the host, and every GitRepository fetches with it. */
function expectOne({ project, registered, state, fetches }: CredentialScenario): void {
  const conditions = Object.fromEntries(
    (project?.status?.conditions ?? []).map((one) => [one.type, one.status]),
  );
  expect(conditions).toEqual({ Ready: "True", CredentialReady: "True" });
  expect(registered.map(({ title }) => title)).toEqual([state?.current?.title ?? "none"]);
  expect([state?.next, state?.previous]).toEqual([undefined, undefined]);
  expect(fetches.map(({ works }) => works)).toEqual([true, true]);
}

inAll(
  "whatever fails at the host or the API server, and wherever the process dies, one credential is left and no fetch ever fails",
  plots(["rotate", "revoke", "age", "wait", "suspend", "resume", "rename"]),
  async (scenario) => {
    await scenario.play();
    expectOne(scenario);
    // At most the faults, six turns and their retries; and in steady state none.
    const { calls } = scenario;
    expect(calls).toBeLessThan(150);
    scenario.restart();
    await scenario.round();
    expect(scenario.calls).toBe(calls);
  },
);

inAll(
  "a lost Secret is made anew, and what it held works until then and is revoked afterwards",
  plots(["lose", "rotate", "revoke", "wait"]),
  async (scenario) => {
    await scenario.play();
    expectOne(scenario);
  },
);

inAll(
  "a project that moves from repository to repository leaves nothing behind at any of them",
  plots(["move", "moveBack", "rotate", "revoke", "wait"]),
  async (scenario) => {
    await scenario.play();
    expectOne(scenario);
  },
);

inAll(
  "a git host that has gone for good holds up neither its successor nor any rotation there",
  plots(["close", "rotate", "revoke", "wait"]),
  async (scenario) => {
    await scenario.play();
    expectOne(scenario);
  },
);

inAll(
  "a credential that git is refused with goes, the old one comes back, and a later one takes its place",
  plots(
    ["rotate", "age", "wait"],
    fc.array(fc.boolean(), { maxLength: 4 }).map((duds) => [false, ...duds]),
  ),
  async (scenario) => {
    await scenario.play();
    expectOne(scenario);
  },
);

inAll(
  "a deleted project leaves nothing at the host, wherever it stood",
  fc.oneof(
    plots(["rotate", "revoke", "lose", "rename", "wait"]),
    plots(["rotate", "revoke", "move", "wait"]),
  ),
  async (scenario) => {
    await scenario.play();
    scenario.remove();
    await scenario.rest();
    expect(scenario.project).toBeUndefined();
    expect(scenario.registered).toEqual([]);
    expect(scenario.hasStore).toBe(false);
  },
);

inAll(
  "generate is taken out of the spec: what was made is revoked, when it is in nobody's use",
  plots(["rotate", "wait"]),
  async (scenario) => {
    await scenario.play();
    scenario.apply({ git: { url: "https://codeberg.org/acme/open.git" } });
    await scenario.rest();
    expect(scenario.registered).toEqual([]);
    expect(scenario.hasStore).toBe(false);
    expect(scenario.project?.status?.credential).toBeUndefined();
  },
);
