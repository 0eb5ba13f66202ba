import { hostname } from "node:os";
import { FIELD_MANAGER } from "../api/names.ts";
import { BunK8sClient, type ClientOptions } from "../kube/index.ts";
import { Backoff } from "./backoff.ts";
import { serve } from "./http-server.ts";
import { type Role, whileLeading } from "./leadership.ts";
import { LeaseCandidate, leaseName } from "./lease.ts";
import { type Logger, makeLog } from "./log.ts";
import { Operator } from "./operator.ts";
import { pause } from "./pause.ts";
import { requestCount } from "./project-worker.ts";
import { type Settings, SettingsError } from "./settings.ts";

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
  let beforeRequest: () => void = () => undefined;
  const client = makeClient(
    settings,
    log,
    () => beforeRequest(),
    (event) => operator.metrics.onResponse(event),
  );
  refuseUnverified(client);
  const operator: Operator = new Operator(client, settings, log, abort.signal, hostname());
  let role: Role = settings.leaderElect ? "candidate" : "leader";
  const become = (next: Role) => {
    role = next;
    operator.metrics.leader.set(next === "leader" ? 1 : 0);
  };
  become(role);
  const server = serve(settings.listen, {
    // Only a leader has a loop.
    healthy: () => role !== "leader" || operator.isAlive(),
    notReady: () => notReady(role, stopping.signal, operator),
    metrics: () => operator.metrics.text(),
  });
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
  const work = async (leading?: AbortSignal, checkLease?: () => void) => {
    leading?.addEventListener("abort", () => abort.abort(leading.reason));
    if (checkLease) beforeRequest = checkLease;
    await loop(operator, settings, AbortSignal.any([stopping.signal, abort.signal]));
    await drain(operator, abort, log);
  };
  try {
    if (!settings.leaderElect) await work();
    else if (
      (await whileLeading(candidateOf(client, settings, operator), work, stopping.signal, log, become)) ===
      "lost"
    ) {
      // Begins anew with empty memory: the Pod is started again, as with every controller on client-go.
      log.error("leadership was lost; ending");
      return 1;
    }
    return settings.once && operator.incomplete().length > 0 ? 1 : 0;
  } finally {
    server.stop();
    client.close();
  }
}

/** Rule 8: the operator holds rights in every namespace, so it never speaks to a server that may be another. */
function refuseUnverified({ warnings, server }: BunK8sClient): void {
  if (warnings.length === 0) return;
  throw new SettingsError(
    `the kubeconfig skips the verification of ${server}'s certificate, which the operator never does: name its certificate-authority in place of insecure-skip-tls-verify`,
  );
}

function candidateOf(
  client: BunK8sClient,
  { namespace, leaseNamespace }: Settings,
  operator: Operator,
): LeaseCandidate {
  return new LeaseCandidate(
    client,
    { namespace: leaseNamespace, name: leaseName(namespace) },
    `${hostname()}_${crypto.randomUUID()}`,
    () => operator.lastPoll,
  );
}

/** A standby is ready: it can take over. */
function notReady(role: Role, stopping: AbortSignal, operator: Operator): string | undefined {
  if (stopping.aborted) return "stopping";
  switch (role) {
    case "leader":
      return operator.notReady();
    case "standby":
      return undefined;
    case "candidate":
      return "the Lease has not been read yet";
  }
}

function makeClient(
  settings: Settings,
  log: Logger,
  beforeRequest: () => void,
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
        beforeRequest();
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
