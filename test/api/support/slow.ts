import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/index.ts";

/** The cluster's API server as it looks over a bad line. */
export interface SlowServer {
  /** Kubeconfig of the cluster's administrator, by way of this server. */
  kubeconfigPath: string;
  stop(): Promise<void>;
}

/** @param delayMs before each answer; Infinity: it takes requests and never answers */
export async function startSlowServer(cluster: Cluster, delayMs: number): Promise<SlowServer> {
  const pem = (file: string) => readFileSync(join(cluster.certs, file), "utf8");
  const admin = { ca: pem("ca.crt"), cert: pem("admin.crt"), key: pem("admin.key") };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    tls: { cert: pem("apiserver.crt"), key: pem("apiserver.key") },
    fetch: async (request) => {
      if (delayMs === Infinity) return new Promise<Response>(() => undefined);
      await Bun.sleep(delayMs);
      const { pathname, search } = new URL(request.url);
      const { method, headers, body } = request;
      const answer = await fetch(`${cluster.server}${pathname}${search}`, {
        method,
        headers,
        body,
        tls: admin,
        decompress: false,
      });
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
  });
  server.unref();
  const kubeconfigPath = join(cluster.folder, `slow-${server.port}`);
  const config = await Bun.file(cluster.kubeconfigPath).text();
  await Bun.write(kubeconfigPath, config.replaceAll(cluster.server, `https://127.0.0.1:${server.port}`));
  return { kubeconfigPath, stop: () => server.stop(true) };
}
