import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import {
  type Cluster,
  mustRun,
  type Operator,
  type OperatorIdentity,
  operatorToken,
  startCluster,
  startOperator,
} from "../../test/cluster/index.ts";
import { markReady } from "./flux.ts";
import { memoryOf, processorOf } from "./memory.ts";
import { apply, type Fleet, fleet, isCompleted, isReady, isSealed, prepare, untilAll } from "./projects.ts";
import { type Reaction, reactions } from "./reaction.ts";
import { type Requests, requestsBetween } from "./requests.ts";
import { WRITERS } from "./writers.ts";

/** Of the set-up. All that comes after it is measured with the default settings. */
export const POLL = "1s";

export interface Steady {
  /** Requests of one minute, with the default settings and --leader-elect. */
  readonly waiting: Requests;
  readonly ready: Requests;
  /** Processor milliseconds of that minute, with everything Ready. */
  readonly processor: number;
  readonly rss: number;
  readonly reaction: Reaction;
}

export interface Size {
  readonly projects: number;
  /** Milliseconds from the first apply to the moment when all are COMPLETED. */
  readonly total: number;
  readonly setup: Requests;
  readonly rss: number;
  readonly peak: number;
  /** Processor milliseconds of the set-up. */
  readonly processor: number;
  /** Milliseconds of each raw writer, and its processor milliseconds. */
  readonly writers: Record<string, { ms: number; requests: number; cpu: number }>;
  readonly steady?: Steady;
}

/**
 * One size: the raw writers, and the operator with the same permissions, each first on a control plane that has just
 * started and served one project. @param steadyMs how long each steady state is looked at; 0: not at all
 */
export async function measure(
  projects: number,
  program: string[],
  steadyMs: number,
  note: (line: string) => void,
): Promise<Size> {
  const writers: Size["writers"] = {};
  for (const name of Object.keys(WRITERS)) {
    note(`${projects} projects: raw writer, ${name}`);
    writers[name] = await onFreshCluster(program, (bench) => rawWrite(bench, projects, name));
  }
  const rest = await onFreshCluster(program, (bench) => operate(bench, projects, steadyMs, note));
  return { projects, writers, ...rest };
}

/** A control plane of its own, warmed up; ended afterwards. */
interface Bench {
  readonly cluster: Cluster;
  readonly admin: BunK8sClient;
  readonly identity: OperatorIdentity;
  /** File with the status that the operator wrote when a project was COMPLETED. */
  readonly sample: string;
  readonly start: (args: string[]) => Promise<Operator>;
}

async function onFreshCluster<T>(program: string[], work: (bench: Bench) => Promise<T>): Promise<T> {
  const cluster = await startCluster();
  const admin = new BunK8sClient(cluster.kubeconfigPath, { requestTimeoutMs: 300_000 });
  try {
    const identity = await operatorToken(cluster);
    const start = (args: string[]) => startOperator(cluster, { command: program, identity, args });
    const bench = { cluster, admin, identity, sample: join(cluster.folder, "status.json"), start };
    await warmUp(bench);
    return await work(bench);
  } finally {
    admin.close();
    await cluster.stop();
  }
}

/** The API server builds what it needs for a kind at that kind's first request: nobody's time is to hold that. */
async function warmUp({ admin, start, sample }: Bench): Promise<void> {
  const one = fleet("w", 1);
  await prepare(admin, one);
  const operator = await start(["--namespace", one.namespace, "--poll-interval", POLL]);
  const completed = untilAll(admin, one, isCompleted);
  await apply(admin, one);
  await completed;
  await operator.stop();
  const { items } = await admin.list(PROJECTS, { namespace: one.namespace });
  writeFileSync(sample, JSON.stringify(items[0]?.status));
}

async function operate(
  bench: Bench,
  projects: number,
  steadyMs: number,
  note: (line: string) => void,
): Promise<Omit<Size, "projects" | "writers">> {
  const { cluster, admin, start } = bench;
  const ours = fleet("o", projects);
  await prepare(admin, ours);
  const scope = ["--namespace", ours.namespace];
  const operator = await start([...scope, "--poll-interval", POLL]);
  note(`${projects} projects: set-up`);
  const begin = Date.now();
  const before = processorOf(operator.pid) ?? Number.NaN;
  const completed = untilAll(admin, ours, isCompleted);
  const started = performance.now();
  await apply(admin, ours);
  await completed;
  const total = performance.now() - started;
  // The last status is followed by its event.
  await Bun.sleep(1000);
  const setup = requestsBetween(cluster, begin, Date.now());
  const memory = memoryOf(operator.pid);
  const processor = (processorOf(operator.pid) ?? Number.NaN) - before;
  await operator.stop();
  const rss = memory?.now ?? Number.NaN;
  const peak = memory?.peak ?? Number.NaN;
  if (steadyMs === 0) return { total, setup, rss, peak, processor };
  const steady = await watchSteady(bench, ours, await start([...scope, "--leader-elect"]), steadyMs, note);
  return { total, setup, rss, peak, processor, steady };
}

const RAW_WRITER = join(import.meta.dir, "raw-writer.ts");

async function watchSteady(
  { cluster, admin }: Bench,
  ours: Fleet,
  operator: Operator,
  steadyMs: number,
  note: (line: string) => void,
): Promise<Steady> {
  const { pid } = operator;
  const look = async () => {
    const from = Date.now();
    const before = processorOf(pid) ?? Number.NaN;
    await Bun.sleep(steadyMs);
    const processor = (processorOf(pid) ?? Number.NaN) - before;
    return { requests: requestsBetween(cluster, from, from + steadyMs), processor };
  };
  note(`${ours.projectIds.length} projects: waiting for Flux`);
  const waiting = await look();
  await markReady(admin, ours);
  await untilAll(admin, ours, (project) => isReady(project) && isSealed(project));
  note(`${ours.projectIds.length} projects: all Ready`);
  const ready = await look();
  const rss = memoryOf(pid)?.now ?? Number.NaN;
  note(`${ours.projectIds.length} projects: drift and a change`);
  const reaction = await reactions(admin, ours);
  await operator.stop();
  return { waiting: waiting.requests, ready: ready.requests, processor: ready.processor, rss, reaction };
}

async function rawWrite(
  { admin, identity, sample }: Bench,
  projects: number,
  name: string,
): Promise<Size["writers"][string]> {
  const theirs = fleet("r", projects);
  await prepare(admin, theirs);
  await apply(admin, theirs);
  const args = [identity.kubeconfigPath, theirs.namespace, name, sample];
  return JSON.parse(await mustRun([process.execPath, RAW_WRITER, ...args])) as Size["writers"][string];
}
