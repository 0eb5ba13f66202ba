import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BunK8sClient, CONFIG_MAPS, configFromKubeconfig, SERVICE_ACCOUNTS } from "../../src/kube/index.ts";
import { scratchFolder, uniqueName } from "../../test/cluster/index.ts";
import { makeAuthority } from "../../test/unit/kube/certificates.ts";

export interface WatchResult {
  events: number;
  missed: number;
  twice: number;
  streams: number;
  seconds: number;
}

/** Makes so many objects while the API server ends the watch every two seconds; counts what the watch tells. */
export async function watchWithoutMiss(kubeconfig: string, events: number): Promise<WatchResult> {
  let streams = 0;
  const hooks = { onRequest: ({ verb }: { verb: string }) => void (verb === "watch" && streams++) };
  const client = new BunK8sClient(kubeconfig, { hooks });
  const namespace = uniqueName("watch");
  await client.createNamespace(namespace);
  const seen = new Map<string, number>();
  const controller = new AbortController();
  // The server is asked for 0.7 to 0.95 of the silence, in whole seconds: 2.
  const options = { namespace, labelSelector: "bench=yes", silenceMs: 2_900, signal: controller.signal };
  const watching = (async () => {
    for await (const event of client.watch(CONFIG_MAPS, options)) {
      if (event.type !== "ADDED") continue;
      const name = event.object.metadata?.name ?? "";
      seen.set(name, (seen.get(name) ?? 0) + 1);
      if (seen.size === events) return;
    }
  })();
  const begun = performance.now();
  let next = 0;
  const write = async () => {
    for (let number = next++; number < events; number = next++) {
      await client.create(CONFIG_MAPS, {
        metadata: { namespace, name: `e${number}`, labels: { bench: "yes" } },
      });
    }
  };
  await Promise.all([write(), write(), write(), write()]);
  const late = setTimeout(() => controller.abort(), 30_000);
  await watching;
  clearTimeout(late);
  return {
    events,
    missed: events - seen.size,
    twice: [...seen.values()].filter((times) => times > 1).length,
    streams,
    seconds: (performance.now() - begun) / 1000,
  };
}

export interface RotationResult {
  rotations: number;
  calls: number;
  failed: number;
}

/**
 * A token that changes so often (a day, every ten minutes), the old one invalid from that moment. The API server
 * itself remembers a good token for ten seconds, so a door before it refuses all but the newest.
 */
export async function rotateTokens(kubeconfig: string, rotations: number): Promise<RotationResult> {
  const admin = new BunK8sClient(kubeconfig);
  const namespace = uniqueName("rotate");
  await admin.createNamespace(namespace);
  await admin.create(SERVICE_ACCOUNTS, { metadata: { namespace, name: "robot" } });
  const { server, ca = "" } = configFromKubeconfig(kubeconfig);
  const authority = await makeAuthority();
  let valid = "";
  const door = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: await authority.issue(),
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      const status = {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        reason: "Unauthorized",
        code: 401,
      };
      if (request.headers.get("authorization") !== `Bearer ${valid}`)
        return Response.json(status, { status: 401 });
      const { method, headers, body } = request;
      return fetch(`${server}${pathname}${search}`, {
        method,
        headers,
        body,
        tls: { ca },
        decompress: false,
      });
    },
  });
  const tokenFile = join(scratchFolder("bench-token"), "token");
  const rotate = async () => {
    const { token } = await admin.createToken(namespace, "robot");
    valid = token;
    writeFileSync(tokenFile, token);
  };
  await rotate();
  let now = 0;
  const config = { server: `https://127.0.0.1:${door.port}`, ca: authority.caPem, credential: { tokenFile } };
  const robot = new BunK8sClient(config, { now: () => now });
  const result = { rotations, calls: 0, failed: 0 };
  for (let rotation = 0; rotation < rotations; rotation++) {
    const calls = [
      robot.version(),
      robot.canI({ verb: "get", resource: "pods", namespace }),
      robot.version(),
    ];
    for (const { status } of await Promise.allSettled(calls)) {
      result.calls++;
      if (status === "rejected") result.failed++;
    }
    now += 600_000;
    // Half of them come to light by age, half by a 401 before that.
    if (rotation % 2 === 0) now -= 590_000;
    await rotate();
  }
  await door.stop(true);
  return result;
}
