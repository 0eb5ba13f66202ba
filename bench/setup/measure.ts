import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import {
  type Cluster,
  mustRun,
  type OperatorIdentity,
  operatorToken,
  startCluster,
  startOperator,
} from "../../test/cluster/index.ts";
import { markReady } from "./flux.ts";
import { memoryOf, processorOf } from "./memory.ts";
import { apply, type Fleet, fleet, isCompleted, isReady, isSealed, prepare, untilAll } from "./projects.ts";
import { type Requests, requestsBetween } from "./requests.ts";
import { WRITERS } from "./writers.ts";

export const POLL = "1s";
export const RESYNC = "60s";

export interface Steady {
  /** Requests of one minute. */
  readonly waiting: Requests;
  readonly ready: Requests;
  /** Processor milliseconds of that minute, with everything Ready. */
  readonly processor: number;
  readonly rss: number;
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
 * One size, on a control plane of its own: the operator with the permissions of deploy/, then the raw writers with
 * the same identity. @param steadyMs how long each steady state is looked at; 0: not at all
 */
export async function measure(
  projects: number,
  program: string[],
  steadyMs: number,
  note: (line: string) => void,
): Promise<Size> {
  const cluster = await startCluster();
  const admin = new BunK8sClient(cluster.kubeconfigPath, { requestTimeoutMs: 300_000 });
  try {
    const identity = await operatorToken(cluster);
    await warmUp(cluster, admin, identity);
    const ours = fleet("o", projects);
    await prepare(admin, ours);
    const operator = await startOperator(cluster, {
      command: program,
      identity,
      args: ["--namespace", ours.namespace, "--poll-interval", POLL, "--resync-interval", RESYNC],
    });
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
    const steady =
      steadyMs > 0 ? await watchSteady(cluster, admin, ours, operator.pid, steadyMs, note) : undefined;
    await operator.stop();
    const writers = await runWriters(cluster, admin, identity, ours, note);
    return {
      projects,
      total,
      setup,
      rss: memory?.now ?? Number.NaN,
      peak: memory?.peak ?? Number.NaN,
      processor,
      writers,
      ...(steady ? { steady } : {}),
    };
  } finally {
    admin.close();
    await cluster.stop();
  }
}

/** The API server builds what it needs for a kind at that kind's first request: nobody's time is to hold that. */
async function warmUp(cluster: Cluster, admin: BunK8sClient, { kubeconfigPath }: OperatorIdentity) {
  const status = join(cluster.folder, "warm-up.json");
  writeFileSync(status, JSON.stringify({ observedGeneration: 1 }));
  const first = fleet("w", 1);
  await prepare(admin, first);
  await apply(admin, first);
  await mustRun([process.execPath, RAW_WRITER, kubeconfigPath, first.namespace, "BunK8sClient", status]);
}

const RAW_WRITER = join(import.meta.dir, "raw-writer.ts");

async function watchSteady(
  cluster: Cluster,
  admin: BunK8sClient,
  ours: Fleet,
  pid: number,
  steadyMs: number,
  note: (line: string) => void,
): Promise<Steady> {
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
  return {
    waiting: waiting.requests,
    ready: ready.requests,
    processor: ready.processor,
    rss: memoryOf(pid)?.now ?? Number.NaN,
  };
}

async function runWriters(
  cluster: Cluster,
  admin: BunK8sClient,
  { kubeconfigPath }: OperatorIdentity,
  ours: Fleet,
  note: (line: string) => void,
): Promise<Size["writers"]> {
  const [sample] = (await admin.list(PROJECTS, { namespace: ours.namespace, limit: 1 })).items;
  const status = join(cluster.folder, "status.json");
  writeFileSync(status, JSON.stringify(sample?.status));
  const results: Size["writers"] = {};
  for (const [i, name] of Object.keys(WRITERS).entries()) {
    const theirs = fleet(["r", "f"][i] ?? "x", ours.projectIds.length);
    await prepare(admin, theirs);
    await apply(admin, theirs);
    note(`${ours.projectIds.length} projects: raw writer, ${name}`);
    const printed = await mustRun([
      process.execPath,
      RAW_WRITER,
      kubeconfigPath,
      theirs.namespace,
      name,
      status,
    ]);
    results[name] = JSON.parse(printed) as Size["writers"][string];
  }
  return results;
}
