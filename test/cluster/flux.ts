import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminRequest } from "./admin.ts";
import { programs } from "./binaries.ts";
import type { Cluster } from "./control-plane.ts";
import { Daemon, freePort } from "./daemon.ts";
import { scratchFolder } from "./janitor.ts";

export interface FluxOptions {
  /** A CA that source-controller trusts as it trusts public ones. */
  trustedCaPem?: string;
}

/** Flux's two controllers as plain processes, locked down as the operator asks for. */
export interface Flux {
  source: Daemon;
  kustomize: Daemon;
  stop(): Promise<void>;
}

const NAMESPACE = "flux-system";

/** Starts source-controller and kustomize-controller; under a second when the programs are there. */
export async function startFlux(cluster: Cluster, options: FluxOptions = {}): Promise<Flux> {
  const binaries = await programs(["source-controller", "kustomize-controller"]);
  await adminRequest(cluster, "POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
  const folder = scratchFolder("flux");
  const storage = `127.0.0.1:${await freePort()}`;
  const start = async (name: "source-controller" | "kustomize-controller", flags: string[]) => {
    const health = `127.0.0.1:${await freePort()}`;
    const own = join(folder, name);
    for (const each of ["tmp", "storage"]) mkdirSync(join(own, each), { recursive: true });
    return Daemon.start({
      name,
      command: [binaries[name], ...COMMON_FLAGS, `--health-addr=${health}`, ...flags],
      env: {
        KUBECONFIG: cluster.kubeconfigPath,
        RUNTIME_NAMESPACE: NAMESPACE,
        HOME: own,
        TMPDIR: join(own, "tmp"),
        ...trust(options, own),
      },
      log: join(folder, `${name}.log`),
      ready: async () => (await fetch(`http://${health}/readyz`)).ok,
    });
  };
  const [source, kustomize] = await Promise.all([
    start("source-controller", [
      `--storage-path=${join(folder, "source-controller", "storage")}`,
      `--storage-addr=${storage}`,
      `--storage-adv-addr=${storage}`,
    ]),
    start("kustomize-controller", [
      "--no-cross-namespace-refs=true",
      "--no-remote-bases=true",
      "--default-service-account=default",
    ]),
  ]);
  return {
    source,
    kustomize,
    stop: async () => {
      await Promise.all([source.kill(), kustomize.kill()]);
    },
  };
}

const COMMON_FLAGS = [
  "--watch-all-namespaces=true",
  "--enable-leader-election=false",
  "--metrics-addr=0",
  "--log-encoding=json",
  "--concurrent=4",
  "--requeue-dependency=1s",
  "--interval-jitter-percentage=0",
];

function trust({ trustedCaPem }: FluxOptions, folder: string): Record<string, string> {
  if (trustedCaPem === undefined) return {};
  const path = join(folder, "trusted-ca.pem");
  writeFileSync(path, trustedCaPem);
  return { SSL_CERT_FILE: path };
}
