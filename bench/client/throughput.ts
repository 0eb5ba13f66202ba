import { join } from "node:path";
import { BunK8sClient } from "../../src/kube/index.ts";
import { scratchFolder, uniqueName } from "../../test/cluster/index.ts";
import { contenderFolder } from "./contenders/install.ts";
import { type Round, type RoundResult, Worker } from "./rounds.ts";

const CONCURRENCY = [1, 8, 32] as const;
const VERBS = ["GET", "POST"] as const;
/** Many short rounds in turn: what else the machine does then hits all alike. */
const ROUNDS = 11;
const ROUND_MS = 300;
/** Uncounted, for compilers and connections to warm up. */
const WARM_UP_MS = 1_000;

export interface Throughput {
  name: string;
  /** Requests per second by "GET 1", "GET 8" …; the median of the rounds. */
  perSecond: Record<string, number>;
  /** The median of what was reached in a round by what the bare fetch loop reached in the same. */
  timesBareFetch: Record<string, number>;
  /** Processor time of the client for one request, in microseconds; says less of the machine than the others. */
  cpuMicros: Record<string, number>;
  rssMb: number;
  /** Set instead of the numbers when the contender was not let in. */
  refused?: string;
}

/** Plays all contenders against one API server, turn by turn, so that a busy moment of the machine hits them all. */
export async function throughput(kubeconfig: string, onRound: (text: string) => void): Promise<Throughput[]> {
  const namespace = uniqueName("bench");
  const client = new BunK8sClient(kubeconfig);
  await client.createNamespace(namespace);
  await client.createNamespacedCustomObject({
    group: "",
    version: "v1",
    plural: "configmaps",
    namespace,
    body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "read" } },
  });
  const workers = await contenders(kubeconfig, namespace);
  const results = new Map(workers.map(({ name }) => [name, empty(name)]));
  const playing: Worker[] = [];
  for (const worker of workers) {
    const ready = await worker.ready();
    if (ready.ready) playing.push(worker);
    else results.set(worker.name, { ...empty(worker.name), refused: ready.why });
  }
  for (const verb of VERBS) {
    for (const concurrency of CONCURRENCY) {
      const played = await turns(playing, { verb, concurrency, ms: ROUND_MS });
      const bare = played.get(BARE) ?? [];
      for (const [name, rounds] of played) {
        const result = results.get(name);
        if (result === undefined) continue;
        const column = `${verb} ${concurrency}`;
        result.perSecond[column] = median(rounds.map((round) => round.perSecond));
        result.cpuMicros[column] = median(rounds.map((round) => round.cpuMicros));
        const ratios = rounds.map((round, at) => round.perSecond / (bare[at]?.perSecond ?? Number.NaN));
        result.timesBareFetch[column] = median(ratios);
        result.rssMb = Math.max(result.rssMb, ...rounds.map((round) => round.rssMb));
        onRound(`${column}  ${name}  ${Math.round(result.perSecond[column])}/s`);
      }
    }
  }
  await Promise.all(playing.map((worker) => worker.end()));
  return [...results.values()];
}

async function turns(workers: Worker[], round: Round): Promise<Map<string, RoundResult[]>> {
  const results = new Map(workers.map(({ name }) => [name, [] as RoundResult[]]));
  for (const worker of workers) await worker.play({ ...round, ms: WARM_UP_MS });
  for (let number = 0; number < ROUNDS; number++) {
    // To and fro, so that nobody always follows the same neighbour.
    for (const worker of number % 2 === 0 ? workers : workers.toReversed()) {
      results.get(worker.name)?.push(await worker.play(round));
    }
  }
  return results;
}

const BARE = "bare fetch loop";
const empty = (name: string): Throughput => ({
  name,
  perSecond: {},
  timesBareFetch: {},
  cpuMicros: {},
  rssMb: 0,
});

async function contenders(kubeconfig: string, namespace: string): Promise<Worker[]> {
  const [two, one, fluent] = [
    await contenderFolder("client-node"),
    await contenderFolder("client-node-1"),
    await contenderFolder("fluent"),
  ];
  const source = join(import.meta.dir, "worker.ts");
  const forNode = await bundleForNode(source);
  const bun = (adapter: string, folder: string) => [
    process.execPath,
    source,
    adapter,
    folder,
    kubeconfig,
    namespace,
  ];
  const node = (adapter: string, folder: string) => ["node", forNode, adapter, folder, kubeconfig, namespace];
  return [
    new Worker("BunK8sClient", bun("ours", join(import.meta.dir, "..", "..", "src", "kube", "index.ts"))),
    new Worker(BARE, bun("bare-fetch", "-")),
    new Worker("client-node 1.4.0 on Node", node("client-node", one)),
    new Worker("client-node 1.4.0 on Bun", bun("client-node", one)),
    new Worker("client-node 2.0.1 on Bun", bun("client-node", two)),
    new Worker("fluent-client 3.11.6 on Node", node("fluent", fluent)),
    new Worker("fluent-client 3.11.6 on Bun", bun("fluent", fluent)),
  ];
}

/** An older Node runs no TypeScript. */
async function bundleForNode(source: string): Promise<string> {
  const outdir = scratchFolder("bench-client");
  const built = await Bun.build({
    entrypoints: [source],
    outdir,
    target: "node",
    naming: "[name].mjs",
    external: ["bun"],
  });
  const file = built.outputs.find((output) => output.kind === "entry-point");
  if (file === undefined) throw new Error(`the worker cannot be bundled: ${built.logs.join("; ")}`);
  return file.path;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
