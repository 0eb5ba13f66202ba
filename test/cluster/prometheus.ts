import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, withLock } from "./cache.ts";
import { Daemon, freePort } from "./daemon.ts";
import { scratchFolder } from "./janitor.ts";
import { mustRun, type Ran, run } from "./kubectl.ts";
import { progress } from "./progress.ts";

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

/**
 * The program of the PATH, else of Debian's package, unpacked into the cache: so nothing is installed, no service
 * starts, and it takes no root.
 */
async function prometheusProgram(name: "prometheus" | "promtool"): Promise<string> {
  const installed = Bun.which(name);
  if (installed) return installed;
  const folder = join(cacheFolder("programs"), `prometheus-debian-${process.platform}-${process.arch}`);
  if (!existsSync(folder)) {
    await withLock("prometheus", () => progress("getting Prometheus from Debian", () => unpack(folder)));
  }
  return join(folder, "usr", "bin", name);
}

async function unpack(folder: string): Promise<void> {
  if (existsSync(folder)) return; // another process was faster
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    await download(unfinished);
    const [file] = readdirSync(unfinished).filter((each) => each.endsWith(".deb"));
    await mustRun(["dpkg-deb", "--extract", join(unfinished, file ?? "prometheus.deb"), unfinished]);
    renameSync(unfinished, folder);
  } catch (error) {
    throw new Error(
      `cannot get Prometheus: ${(error as Error).message}\n  next: apt-get update && apt-get install -y --no-install-recommends prometheus`,
    );
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function download(folder: string): Promise<void> {
  if (!Bun.which("apt-get")) throw new Error("no apt-get on this machine");
  const get = () => run(["apt-get", "download", "-q", "prometheus"], { cwd: folder });
  if ((await get()).code === 0) return;
  // A fresh container has no package lists; without root this fails, and the second try says why.
  await run(["apt-get", "update", "-q"]);
  const { code, stderr } = await get();
  if (code !== 0) throw new Error(stderr.trim());
}
