import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/cluster/index.ts";

/** Milliseconds from the start of the program to its first request, for each of `times` starts, sorted. */
export async function firstRequests(program: string[], times: number): Promise<number[]> {
  const folder = scratchFolder("first-request");
  const found: number[] = [];
  for (let i = 0; i < times; i++) found.push(await once(program, folder));
  return found.sort((a, b) => a - b);
}

/** The server takes the time and answers nothing of use. */
async function once(program: string[], folder: string): Promise<number> {
  const arrived = Promise.withResolvers<number>();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch() {
      arrived.resolve(performance.now());
      return new Response("{}", { status: 503 });
    },
  });
  const kubeconfig = join(folder, "kubeconfig");
  const cluster = { name: "c", cluster: { server: `http://127.0.0.1:${server.port}` } };
  const context = { name: "c", context: { cluster: "c", user: "u" } };
  const user = { name: "u", user: { token: "t" } };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    users: [user],
    contexts: [context],
    "current-context": "c",
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const startedAt = performance.now();
  const child = Bun.spawn([...program, "run", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0"], {
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    const late = Bun.sleep(10_000).then(() => Number.POSITIVE_INFINITY);
    return (await Promise.race([arrived.promise, late])) - startedAt;
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    await server.stop(true);
  }
}
