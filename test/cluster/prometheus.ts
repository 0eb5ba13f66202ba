import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { Daemon, freePort } from "./daemon.ts";
import { unpackDebian } from "./debian.ts";
import { scratchFolder } from "./janitor.ts";
import { type Ran, run } from "./kubectl.ts";

/** One series of an instant vector. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** A running Prometheus, asked through its HTTP API. */
export interface Prometheus {
  /** Instant query. @throws Error with Prometheus' own words. */
  query(promql: string): Promise<Sample[]>;
  /** Any call of /api/v1; resolves to its `data`. */
  api<T>(path: string): Promise<T>;
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus with this configuration (prometheus.yml) and the files beside it; under a second when
 * the program is there.
 * @throws Error with the end of its log when it refuses the configuration.
 */
export async function startPrometheus(
  config: string,
  files: Record<string, string> = {},
): Promise<Prometheus> {
  const folder = scratchFolder("prometheus");
  for (const [name, content] of Object.entries({ ...files, "prometheus.yml": config }))
    writeFileSync(join(folder, name), content);
  const address = `127.0.0.1:${await freePort()}`;
  const daemon = await Daemon.start({
    name: "prometheus",
    command: [
      await prometheusProgram("prometheus"),
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
    ],
    cwd: folder,
    log: join(folder, "prometheus.log"),
    ready: async () => (await fetch(`http://${address}/-/ready`)).ok,
  });
  const api = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`http://${address}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; error?: string; data: T };
    if (body.status !== "success") throw new Error(`Prometheus: ${path}: ${body.error}`);
    return body.data;
  };
  return {
    api,
    query: async (promql) => {
      const { result } = await api<{ result: Vector[] }>(`query?query=${encodeURIComponent(promql)}`);
      return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
    stop: () => daemon.kill(),
  };
}

/** Runs `promtool`; never rejects on its exit code. */
export async function promtool(args: string[], input?: string): Promise<Ran> {
  const command = [await prometheusProgram("promtool"), ...args];
  return run(command, input === undefined ? {} : { input });
}

interface Vector {
  metric: Record<string, string>;
  value: [time: number, value: string];
}

/** The program of the PATH, else of Debian's package, unpacked into the cache. */
async function prometheusProgram(name: "prometheus" | "promtool"): Promise<string> {
  const installed = Bun.which(name);
  if (installed) return installed;
  const folder = join(cacheFolder("programs"), `prometheus-debian-${process.platform}-${process.arch}`);
  await unpackDebian(["prometheus"], folder);
  return join(folder, "usr", "bin", name);
}
