import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { FIELD_MANAGER } from "../../src/api/names.ts";
import { BunK8sClient } from "../../src/kube/index.ts";
import { Operator } from "../../src/runtime/operator.ts";
import { pause } from "../../src/runtime/pause.ts";
import { DEFAULTS } from "../../src/runtime/settings.ts";
import { type Cluster, scratchFolder, startOperator } from "../cluster/index.ts";

const POLL_MS = 400;
const RESYNC_MS = 1600;
/** As src/runtime/run.ts has it. */
const REQUEST_TIMEOUT_MS = 5000;

/** Where an operator finds its API server, and what it looks after. */
export interface Address {
  server: string;
  caPem: string;
  token: string;
  namespace: string;
  /** What it may call besides the API server. */
  gitHosts?: readonly string[];
}

/** Far above what any trial takes: the budget has tests of its own. */
const HOST_CALLS = 100_000;

/** One life of an operator. */
export interface Life {
  /** Ends it as kill -9 does: nothing that it has begun is finished, nothing it knew is kept. */
  kill(): Promise<void>;
  /** All that it has logged. */
  output(): string;
  metrics(): Promise<string>;
  /** No pass is under way, as far as can be told. */
  isAtRest(): boolean;
}

export type StartOperator = (address: Address) => Promise<Life>;

/** The operator's own classes in this process: many of them fit beside each other. */
export const startInProcess: StartOperator = async ({ server, caPem, token, namespace, gitHosts }) => {
  const lines: string[] = [];
  const log = pino({ level: "trace", base: null }, { write: (line: string) => lines.push(line) });
  const abort = new AbortController();
  const client = new BunK8sClient(
    { server, ca: caPem, credential: { token } },
    {
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      fieldManager: FIELD_MANAGER,
      userAgent: FIELD_MANAGER,
      execPlugins: false,
      hooks: { onResponse: (event) => operator.metrics.onResponse(event) },
    },
  );
  const settings = {
    ...{ ...DEFAULTS, namespace, pollInterval: POLL_MS, resyncInterval: RESYNC_MS },
    ...(gitHosts ? { gitHosts, hostCallsPerMinute: HOST_CALLS } : {}),
  };
  const operator: Operator = new Operator(client, settings, log, abort.signal, "faults");
  const work = async () => {
    while (!abort.signal.aborted) {
      await operator.tick();
      await pause(POLL_MS, abort.signal);
    }
  };
  const working = work();
  return {
    kill: async () => {
      abort.abort(new Error("killed"));
      client.close();
      await Promise.all([working, operator.stop()]);
    },
    output: () => lines.join(""),
    metrics: () => operator.metrics.text(),
    isAtRest: () => operator.settled,
  };
};

/** `projectgitops run` as a process of its own, killed with SIGKILL. */
export const startAsChild =
  (cluster: Cluster): StartOperator =>
  async ({ server, caPem, token, namespace, gitHosts }) => {
    const kubeconfigPath = join(scratchFolder("faults"), "kubeconfig");
    writeFileSync(kubeconfigPath, kubeconfig(server, caPem, token), { mode: 0o600 });
    const operator = await startOperator(cluster, {
      identity: { token, kubeconfigPath, serviceAccountFolder: "", serviceEnvironment: {} },
      args: [
        "--namespace",
        namespace,
        "--poll-interval",
        `${POLL_MS}ms`,
        "--resync-interval",
        `${RESYNC_MS}ms`,
        ...(gitHosts ? ["--git-hosts", gitHosts.join(","), "--host-calls", String(HOST_CALLS)] : []),
      ],
      waitForReady: false,
    });
    const { output, metrics } = operator;
    return { kill: () => operator.kill(), output, metrics, isAtRest: () => true };
  };

/** JSON is YAML. */
function kubeconfig(server: string, caPem: string, token: string): string {
  const ca = Buffer.from(caPem).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "proxy", cluster: { server, "certificate-authority-data": ca } }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "proxy", context: { cluster: "proxy", user: "operator" } }],
    "current-context": "proxy",
  });
}
