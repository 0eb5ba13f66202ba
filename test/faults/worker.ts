/**
 * Runs trials, many at once, for scripts/faults.ts: `worker.ts <job file>`. One line of JSON on stdout for each
 * trial as it ends. A process of its own, so that what hundreds of operators leave behind goes with it.
 */
import { readFileSync } from "node:fs";
import { BunK8sClient } from "../../src/kube/index.ts";
import type { Cluster } from "../cluster/index.ts";
import { GitHostProxy, type HostAddress } from "./git-host.ts";
import { startAsChild, startInProcess } from "./operators.ts";
import { type Case, caseName, type Plan } from "./plan.ts";
import { FaultProxy } from "./proxy.ts";
import { type Reference, type Result, runTrial } from "./trial.ts";

export interface Job {
  cluster: Cluster;
  /** The operator's bearer token. */
  token: string;
  keys: readonly [string, string];
  /** How many run at once. */
  lanes: number;
  trials: (Case | Plan)[];
  /** By the name of the case; without one a trial is only told of. */
  references: Record<string, Reference>;
  /** Where a trial lets the operator make its credential. */
  gitHost?: HostAddress;
}

/** How often a trial is run again in which the machine was too slow for a second request. */
const REPEATS = 2;

/** One line of output: which trial of the job, and what it came to. */
export interface Report {
  index: number;
  result: Result;
}

const job = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Job;
const proxy = await FaultProxy.start(job.cluster);
const admin = new BunK8sClient(job.cluster.kubeconfigPath, { maxConcurrent: 256, requestTimeoutMs: 30_000 });
const host = job.gitHost && (await GitHostProxy.start(job.gitHost));
const options = { proxy, admin, token: job.token, keys: job.keys, ...(host ? { host } : {}) };
const asChild = startAsChild(job.cluster);
let next = 0;
await Promise.all(Array.from({ length: job.lanes }, lane));
process.exit(0);

async function lane(): Promise<void> {
  for (let index = next++; index < job.trials.length; index = next++) {
    const trial = job.trials[index] as Case | Plan;
    const start = "asChild" in trial && trial.asChild ? asChild : startInProcess;
    const run = () => runTrial({ ...options, start }, trial, job.references[caseName(trial)]);
    let result = await run();
    for (let again = 0; again < REPEATS && result.problems.length > 0 && result.wasDisturbed; again++)
      result = await run();
    process.stdout.write(`${JSON.stringify({ index, result } satisfies Report)}\n`);
  }
}
