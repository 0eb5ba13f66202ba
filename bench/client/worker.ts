/**
 * One contender in a process of its own. Arguments: adapter, folder or module, kubeconfig, namespace. First line of
 * output: ready, or why not. Then, for each line `{verb, concurrency, ms}` of input, one line with what was reached.
 */
import { createInterface } from "node:readline";
import type { AdapterFactory, KubeAdapter } from "./adapters/adapter.ts";
import type { Ready, Round, RoundResult } from "./rounds.ts";

const FACTORIES: Record<string, () => Promise<AdapterFactory>> = {
  ours: async () => (await import("./adapters/ours.ts")).ours,
  "bare-fetch": async () => (await import("./adapters/bare-fetch.ts")).bareFetch,
  "client-node": async () => (await import("./adapters/client-node.ts")).clientNode,
  fluent: async () => (await import("./adapters/fluent.ts")).fluent,
};

const [kind = "", folder = "", kubeconfig = "", namespace = ""] = process.argv.slice(2);
const adapter = await begin();
let created = 0;
if (adapter !== undefined)
  for await (const line of createInterface({ input: process.stdin }))
    say(await play(adapter, JSON.parse(line)));
process.exit(0);

async function begin(): Promise<KubeAdapter | undefined> {
  try {
    const factory = await FACTORIES[kind]?.();
    if (factory === undefined) throw new Error(`no adapter named ${kind}`);
    const made = await factory(folder, kubeconfig);
    await made.createConfigMap(namespace, `${kind}-${process.pid}`, { a: "b" });
    await made.getConfigMap(namespace, "read");
    say({ ready: true });
    return made;
  } catch (error) {
    say({ ready: false, why: reasonOf(error) });
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const text = typeof message === "string" ? message : JSON.stringify(error);
  return `${code ?? ""} ${text.replaceAll("\n", " ")}`.trim().slice(0, 160);
}

async function play(client: KubeAdapter, { verb, concurrency, ms }: Round): Promise<RoundResult> {
  const call = () =>
    verb === "GET"
      ? client.getConfigMap(namespace, "read")
      : client.createConfigMap(namespace, `${kind}-${process.pid}-${created++}`, { a: "b" });
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const end = begun + ms;
  let done = 0;
  const loop = async () => {
    while (performance.now() < end) {
      await call();
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: (done * 1000) / (performance.now() - begun),
    cpuMicros: (user + system) / done,
    rssMb: process.memoryUsage().rss / 1e6,
  };
}

function say(message: Ready | RoundResult): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
