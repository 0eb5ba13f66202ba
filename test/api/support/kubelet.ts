import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NODES, PODS } from "../../../src/kube/index.ts";
import { uniqueName } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

/** Stands where a kubelet would: the API server asks it for the logs of the pods on its node. */
export interface LogKubelet {
  /** A pod on this node whose container has printed what `log` says at the time. */
  pod(ref: { namespace: string; labels: Record<string, string>; log: () => string }): Promise<string>;
  /** Queries of the API server, as it passed them on. */
  asked: string[];
  stop(): Promise<void>;
}

/** No pod runs in the test cluster; what the API server proxies, and all that is before it, is real. */
export async function startLogKubelet({
  admin,
  cluster,
}: Pick<Scope, "admin" | "cluster">): Promise<LogKubelet> {
  const pem = (file: string) => readFileSync(join(cluster.certs, file), "utf8");
  const logs = new Map<string, () => string>();
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: pem("apiserver.crt"), key: pem("apiserver.key") },
    fetch: ({ url }) => {
      const { pathname, searchParams } = new URL(url);
      const log = logs.get(pathname);
      asked.push(`${pathname}?${searchParams}`);
      if (log === undefined) return new Response("not found", { status: 404 });
      const tail = searchParams.get("tailLines");
      const last = tail === null ? log() : lastLines(log(), Number(tail));
      return searchParams.get("follow") === "true" ? new Response(stream(last, log)) : new Response(last);
    },
  });
  server.unref();
  const name = uniqueName("node");
  await admin.create(NODES, { metadata: { name } });
  const status = {
    addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
    daemonEndpoints: { kubeletEndpoint: { Port: server.port } },
  };
  await admin.patch(NODES, { name }, { status }, { type: "merge", subresource: "status" });
  return {
    asked,
    pod: async ({ namespace, labels, log }) => {
      const pod = uniqueName("pod");
      logs.set(`/containerLogs/${namespace}/${pod}/manager`, log);
      await admin.create(PODS, {
        metadata: { namespace, name: pod, labels },
        spec: { nodeName: name, containers: [{ name: "manager", image: "x", securityContext: RESTRICTED }] },
      });
      return pod;
    },
    stop: async () => {
      await server.stop(true);
      await admin.delete(NODES, { name });
    },
  };
}

/** As Pod Security's strictest level, that of the operator's own namespace, wants it. */
const RESTRICTED = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const lastLines = (text: string, count: number): string =>
  count === 0 ? "" : `${text.trimEnd().split("\n").slice(-count).join("\n")}\n`;

/** What there is, then what comes, as a kubelet follows a file. */
function stream(first: string, log: () => string): ReadableStream<Uint8Array> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  let told = log().length;
  let timer: Timer | undefined;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes(first));
      timer = setInterval(() => {
        const text = log();
        if (text.length > told) controller.enqueue(bytes(text.slice(told)));
        told = text.length;
      }, 50);
    },
    cancel: () => clearInterval(timer),
  });
}
