import pino from "pino";
import { type EnvironmentDefaults, NO_DEFAULTS } from "../../../../src/api/environment-defaults.ts";
import type { BunK8sClient, PartialObjectMetadata } from "../../../../src/kube/index.ts";
import type { Visit } from "../../../../src/machine/index.ts";
import {
  type Dependencies,
  DriftLog,
  GitHosts,
  HoldingNamespaces,
  PROJECTS,
  Projects,
  Secrets,
  World,
} from "../../../../src/reconcile/index.ts";
import { CrdCheck } from "../../../../src/runtime/crd-check.ts";
import type { Metrics } from "../../../../src/runtime/metrics.ts";
import { ProjectWorker, type WorkResult } from "../../../../src/runtime/project-worker.ts";
import { resync } from "../../../../src/runtime/resync.ts";
import { watchSecrets } from "../../../../src/runtime/secret-watch.ts";
import type { ModelServer } from "./api-server.ts";
import { Crash, ModelClient, type Watcher } from "./client.ts";

const NO_METRICS = {
  reconciles: { inc: () => undefined },
  reconcileDuration: { observe: () => undefined },
  setupDuration: { observe: () => undefined },
} as unknown as Metrics;
const NO_COUNTER = { rotated: () => undefined, failed: () => undefined };

/** One life of the operator: what it remembers goes with it. The real worker, resync and reconciler over the model. */
export class OperatorProcess {
  readonly #client: ModelClient;
  readonly #deps: Dependencies;
  readonly #worker: ProjectWorker;
  /** Projects that wait for Flux: their turn to be looked at comes with each round. */
  readonly #waiting = new Set<string>();

  /** @param hosts the git hosts of the model; without it none is called */
  constructor(
    server: ModelServer,
    watcher: Watcher,
    clock: () => number,
    resyncMs: number,
    hosts?: Pick<GitHosts, "open">,
    environmentDefaults: EnvironmentDefaults = NO_DEFAULTS,
  ) {
    this.#client = new ModelClient(server, watcher);
    const client = this.#client.asClient();
    this.#deps = {
      client,
      world: new World(),
      projects: new Projects(),
      secrets: new Secrets(),
      drift: new DriftLog(),
      holding: new HoldingNamespaces(0),
      hosts: modelHosts(client, clock, hosts),
      settings: {
        deployerClusterRole: "admin",
        environmentDefaults,
        strictTenancy: false,
        instance: "model",
      },
      clock,
      watchedSince: clock(),
      signal: new AbortController().signal,
    };
    this.#worker = new ProjectWorker(
      this.#deps,
      new CrdCheck(client, 0),
      pino({ level: "silent" }),
      NO_METRICS,
      resyncMs,
    );
  }

  /**
   * What a tick at the resync interval does with every project: resync, poll, visit.
   * @throws Crash when this life ends; what the client throws when the lists are not answered
   */
  async round(): Promise<Visit[]> {
    const { client, world, secrets, projects } = this.#deps;
    await resync(client, world, {});
    await watchSecrets(client, secrets, secrets.namespaces().all, {});
    const { items } = await this.#client.listMetadata(PROJECTS as never, {});
    const visits: Visit[] = [];
    for (const listed of items as unknown as PartialObjectMetadata[]) {
      const key = `${listed.metadata?.namespace}/${listed.metadata?.name}`;
      if (this.#waiting.delete(key)) world.distrustFlux(key);
      const work: WorkResult = await this.#worker.visit(listed);
      if (work.kind === "failed" && work.error instanceof Crash) throw work.error;
      // Everything that comes from src and not from the API server is a defect.
      if (work.kind === "failed" && !isAnswer(work.error)) throw work.error;
      if (work.kind === "outdated") projects.forget(key);
      if (work.kind === "pass" && work.result.visit.kind === "flux") this.#waiting.add(key);
      visits.push(work.kind === "pass" ? work.result.visit : { kind: "backoff" });
    }
    return visits;
  }
}

/** The real ones, but what they open. */
function modelHosts(client: BunK8sClient, clock: () => number, model?: Pick<GitHosts, "open">): GitHosts {
  const hosts = new GitHosts(client, undefined, 10, NO_COUNTER, clock);
  if (model) hosts.open = model.open.bind(model);
  return hosts;
}

const isAnswer = (error: unknown): boolean =>
  error instanceof Error && ["K8sApiError", "NamespaceNotFoundError", "TransportError"].includes(error.name);
