/**
 * Lets every single request of the operator fail, in every way (docs/faults.md): `scripts/faults.ts [--sample N]
 * [--seed S] [--case TEXT] [--only TEXT] [--workers N] [--lanes N] [--list]`. The last line is `N passed, N failed`.
 */
import { parseArgs } from "node:util";
import { makeSshKey } from "../src/git/index.ts";
import { startGitea } from "../test/cluster/index.ts";
import { runBatch } from "../test/faults/batch.ts";
import {
  CASES,
  caseName,
  type Plan,
  planName,
  plansOf,
  randomFrom,
  shuffled,
  withProcesses,
} from "../test/faults/plan.ts";
import type { Result } from "../test/faults/trial.ts";

/** Trials of one cluster and one process. */
const BATCH = 250;
/** Plans that are run with real processes too; half a second of processor time each. */
const PROCESSES = 60;
const CALM = 3;

const { values } = parseArgs({
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    case: { type: "string", default: "" },
    only: { type: "string", default: "" },
    workers: { type: "string", default: "2" },
    lanes: { type: "string", default: "13" },
    list: { type: "boolean", default: false },
  },
});
const started = performance.now();
const random = randomFrom(Number(values.seed));
const lanes = Number(values.lanes);
const keys = [makeSshKey("first").privateKey, makeSshKey("second").privateKey] as const;

const gitHost = await startGitHost();
const undisturbed = await runUndisturbed();
const all = CASES.flatMap((of) => plansOf(of, undisturbed[caseName(of)]?.requests ?? []));
const chosen = choose(all);
if (values.list) for (const plan of chosen) say(planName(plan));
else await runAll(chosen);

/** One for all: the trials have a repository each. */
async function startGitHost() {
  const { url, api, sshHost, knownHosts } = await startGitea();
  const { username: owner, password: token } = api.credential;
  return { gitHost: { url, owner, token, sshHost, knownHosts } };
}

/** A few at a time: a busy machine makes passes slow, and a slow pass tells where it stands, which is a request more. */
async function runUndisturbed(): Promise<Record<string, Result>> {
  const found: Record<string, Result> = {};
  const wanted = CASES.filter((of) => caseName(of).includes(values.case));
  const first: Result[] = [];
  await runBatch({ keys, lanes: CALM, trials: wanted, references: {}, ...gitHost }, (index, result) => {
    first[index] = result;
  });
  wanted.forEach((of, index) => {
    const result = first[index];
    if (result === undefined || result.problems.length > 0)
      fail(`the undisturbed run of "${caseName(of)}" is not right`, result?.problems ?? []);
    else found[caseName(of)] = result;
  });
  return found;
}

function choose(plans: readonly Plan[]): Plan[] {
  const wanted = plans.filter((plan) => planName(plan).includes(values.only));
  const most = values.sample === undefined ? wanted.length : Number(values.sample);
  const share = Math.ceil((PROCESSES * most) / Math.max(1, plans.length));
  const chosen = shuffled(wanted, random).slice(0, most);
  return shuffled([...chosen, ...withProcesses(wanted, share, random)], random);
}

async function runAll(plans: readonly Plan[]): Promise<void> {
  say(`${all.length} plans in ${CASES.length} cases; running ${plans.length} (seed ${values.seed})`);
  const counts = { passed: 0, leftOut: 0, failed: 0 };
  const references = Object.fromEntries(
    Object.entries(undisturbed).map(([name, { endState }]) => [name, { endState }]),
  );
  const batches = Array.from({ length: Math.ceil(plans.length / BATCH) }, (_, index) =>
    plans.slice(index * BATCH, (index + 1) * BATCH),
  );
  const worker = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const trials = batch;
      await runBatch({ keys, lanes, trials, references, ...gitHost }, (index, result) => {
        const plan = trials[index];
        if (plan) note(plan, result, counts);
      });
    }
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const { passed, leftOut, failed } = counts;
  say(
    `${plans.length} plans: ${passed + failed} run, ${leftOut} left out (never came about), ${minutes} min`,
  );
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

function note(
  plan: Plan,
  { problems, wasHit }: Result,
  counts: { passed: number; leftOut: number; failed: number },
): void {
  if (problems.length > 0) {
    counts.failed++;
    say(`FAILED ${planName(plan)}\n  ${problems.join("\n  ")}`);
  } else if (wasHit) counts.passed++;
  else counts.leftOut++;
  const done = counts.passed + counts.failed + counts.leftOut;
  if (done % 100 === 0) say(`${done} done after ${Math.round((performance.now() - started) / 1000)} s`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function fail(what: string, problems: readonly string[]): never {
  say(`error: ${what}\n  ${problems.join("\n  ")}`);
  process.stdout.write("0 passed, 1 failed\n");
  process.exit(1);
}
