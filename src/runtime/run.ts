import { hostname } from "node:os";
import { FIELD_MANAGER } from "../api/names.ts";
import { BunK8sClient, type ClientOptions } from "../kube/index.ts";
import { Backoff } from "./backoff.ts";
import { serve } from "./http-server.ts";
import { type Logger, makeLog } from "./log.ts";
import { Operator } from "./operator.ts";
import { requestCount } from "./project-worker.ts";
import type { Settings } from "./settings.ts";

/** Passes under way get this long to end after SIGTERM; the Pod's grace period is longer. */
const DRAIN_MS = 8000;
/** A request of a pass never outlives the drain. */
const REQUEST_TIMEOUT_MS = 5000;

/**
 * Runs the operator until a signal comes, or with `once` until everything is settled.
 * @returns the exit code: 0; with `once` 1 when a project is not COMPLETED
 * @throws ConfigError, SettingsError: what was given cannot be used
 */
export async function runOperator(settings: Settings): Promise<number> {
  const log = makeLog(settings.logLevel);
  const abort = new AbortController();
  const stopping = new AbortController();
  const client = makeClient(settings, log, (event) => operator.metrics.onResponse(event));
  const operator: Operator = new Operator(client, settings, log, abort.signal, hostname());
  const server = serve(settings.listen, {
    healthy: () => true,
    notReady: () => (stopping.signal.aborted ? "stopping" : operator.notReady()),
    metrics: () => operator.metrics.text(),
  });
  operator.metrics.leader.set(1);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort(signal));
  log.info(
    {
      server: client.server,
      port: server.port,
      pollMs: settings.pollInterval,
      resyncMs: settings.resyncInterval,
    },
    "operator started",
  );
  try {
    await loop(operator, settings, stopping.signal);
    await drain(operator, abort, log);
    return settings.once && operator.incomplete().length > 0 ? 1 : 0;
  } finally {
    server.stop();
    client.close();
  }
}

function makeClient(
  settings: Settings,
  log: Logger,
  onResponse: NonNullable<ClientOptions["hooks"]>["onResponse"] & {},
): BunK8sClient {
  const options: ClientOptions = {
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    fieldManager: FIELD_MANAGER,
    userAgent: FIELD_MANAGER,
    // The operator starts no child process (rule 8).
    execPlugins: false,
    ...(settings.context === undefined ? {} : { context: settings.context }),
    hooks: {
      onRequest: () => {
        const pass = requestCount.getStore();
        if (pass) pass.requests++;
      },
      onResponse,
      onWarning: ({ source, text }) => log.warn({ source }, text),
    },
  };
  return settings.kubeconfig === undefined
    ? BunK8sClient.fromEnvironment(options)
    : new BunK8sClient(settings.kubeconfig, options);
}

/** Polls at the interval ±10 %, or with back-off while the API server does not answer. */
async function loop(operator: Operator, settings: Settings, stopping: AbortSignal): Promise<void> {
  const backoff = new Backoff();
  while (!stopping.aborted) {
    const answered = await operator.tick();
    if (answered) backoff.reset("");
    if (settings.once && answered && operator.settled) return;
    const interval = settings.once ? 100 : settings.pollInterval * (0.9 + 0.2 * Math.random());
    await pause(answered ? interval : Math.min(backoff.next(""), 30_000), stopping);
  }
}

async function drain(operator: Operator, abort: AbortController, log: Logger): Promise<void> {
  const late = setTimeout(() => abort.abort(new Error("the operator is stopping")), DRAIN_MS);
  await operator.stop();
  clearTimeout(late);
  log.info("operator stopped");
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
