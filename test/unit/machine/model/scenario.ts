import fc from "fast-check";
import { type EnvironmentDefaults, NO_DEFAULTS } from "../../../../src/api/environment-defaults.ts";
import { API_VERSION, FINALIZER, KIND } from "../../../../src/api/names.ts";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../../src/api/schema.ts";
import { makeSshKey } from "../../../../src/git/index.ts";
import { type ObjectId, objectKey, plannedIds } from "../../../../src/plan/index.ts";
import { projectFrom } from "../../plan/support.ts";
import { ModelServer, type Stored } from "./api-server.ts";
import { Crash, type Fault, type Request } from "./client.ts";
import { fluxControllers, type Unpruned } from "./flux.ts";
import { OperatorProcess } from "./process.ts";
import { keepPromises } from "./rules.ts";

export const NAMESPACE = "platform";
const START = Date.parse("2026-11-22T06:00:00Z");
/** A round lasts longer, so that each has a resync. */
const RESYNC_MS = 5000;
/** Far above what a project needs: a stage a round, with every fault in between. */
const MOST_ROUNDS = 150;
const KEY = makeSshKey("model").privateKey;

/** What somebody else does to the object that `target` chooses among the planned ones. */
export interface Deed {
  readonly what: "plant" | "delete" | "edit" | "label" | "unlabel" | "disown";
  readonly target: number;
  /** Before that request of the operator. */
  readonly at: number;
}

export interface Plot {
  readonly spec: Partial<ProjectGitOpsSpecInput>;
  /** Foreign objects that are there before. */
  readonly planted: readonly number[];
  /** Environments whose Namespace an administrator has made and labelled for adoption, by their place in the spec. */
  readonly adopted?: readonly number[];
  /** One for each request, in turn; then none. */
  readonly faults: readonly Fault[];
  /** A policy denies every POST of that kind into that environment, until it is lifted. */
  readonly denied?: { readonly kind: string; readonly environment: string };
  readonly deeds: readonly Deed[];
  /** What the operator asks of every environment. */
  readonly defaults?: EnvironmentDefaults;
}

const FAULTS: Fault[] = [
  "unavailable",
  "tooMany",
  "forbidden",
  "lostBefore",
  "lostAfter",
  "crashBefore",
  "crashAfter",
];
const environments = fc.uniqueArray(fc.constantFrom("development", "staging", "production"), {
  minLength: 1,
  maxLength: 3,
});

export const anyFaults = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant<Fault>("none") },
    { weight: 2, arbitrary: fc.constantFrom(...FAULTS) },
  ),
  { maxLength: 60 },
);
export const anyDeeds = (what: Deed["what"][]) =>
  fc.array(fc.record({ what: fc.constantFrom(...what), target: fc.nat(40), at: fc.nat(80) }), {
    maxLength: 6,
  });

export const anySpec: fc.Arbitrary<Partial<ProjectGitOpsSpecInput>> = fc
  .record({
    names: environments,
    open: fc.boolean(),
    helm: fc.boolean(),
    tag: fc.boolean(),
    pull: fc.boolean(),
    orphan: fc.boolean(),
    suspended: fc.boolean(),
    keep: fc.boolean(),
    held: fc.boolean(),
  })
  .map(({ names, open, helm, tag, pull, orphan, suspended, keep, held }) => ({
    git: open
      ? { url: "https://git.example.com/acme/shop.git" }
      : { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } },
    setup: { timeout: "10h", onFailure: keep ? ("Keep" as const) : ("Rollback" as const) },
    environments: names.map((name, i) => ({
      name,
      ...(tag ? { ref: { tag: "v1" } } : {}),
      ...(pull ? { imagePullSecrets: [{ name: "registry" }] } : {}),
      ...(helm && i === 0 ? { delivery: { helm: { chart: "./chart" } } } : {}),
      ...(orphan && i === 1 ? { deletionPolicy: "Orphan" as const } : {}),
      ...(suspended && i === 0 ? { suspend: true } : {}),
      ...(held && i === 0 ? { resourceQuota: { hard: { pods: "20" } } } : {}),
    })),
  }));

/** An operator that asks for everything, for one thing, or for nothing. */
export const anyDefaults: fc.Arbitrary<EnvironmentDefaults> = fc.constantFrom<EnvironmentDefaults>(
  NO_DEFAULTS,
  { networkPolicy: { ingress: "OtherProjectsDenied" } },
  {
    podSecurity: { enforce: "baseline" },
    resourceQuota: { hard: { pods: "10" } },
    limitRange: { limits: [{ type: "Container", max: { cpu: "2" } }] },
    networkPolicy: { ingress: "OtherNamespacesDenied", egress: "DNSAndGit" },
  },
);

/** A world with one project, an operator that may die at any request, Flux, the namespace controller, and others. */
export class Scenario {
  readonly server: ModelServer;
  readonly unpruned: Unpruned = [];
  readonly #plot: Plot;
  #now = START;
  #process: OperatorProcess;
  #requests = 0;
  #disturbed = new Set<string>();
  /** Successful POSTs by object, and deletions by anybody. */
  readonly created = new Map<string, number>();
  writes = 0;
  /** The policy of the plot is lifted. */
  isLenient = false;
  /** Those of the operator that runs now: others come with a restart. */
  #defaults: EnvironmentDefaults;

  constructor(plot: Plot) {
    this.#plot = plot;
    this.#defaults = plot.defaults ?? NO_DEFAULTS;
    this.server = new ModelServer(() => this.#now);
    this.#process = this.#start();
    const admin = { manager: "kubectl-create" };
    this.server.create("Namespace", { metadata: { name: NAMESPACE } }, admin);
    this.#secret("git", "Opaque", { identity: KEY });
    this.#secret("registry", "kubernetes.io/dockerconfigjson", { ".dockerconfigjson": '{"auths":{}}' });
    this.apply(plot.spec);
    for (const at of plot.adopted ?? []) this.#offer(at);
    for (const target of plot.planted) this.#do({ what: "plant", target, at: 0 });
  }

  get project(): ProjectGitOps | undefined {
    return this.server.objects.get(`ProjectGitOps/${NAMESPACE}/shop`) as unknown as ProjectGitOps | undefined;
  }

  /** What the spec leads to, as it is after admission. */
  ids(): ObjectId[] {
    const { project } = this;
    return project ? plannedIds(project.spec, this.#defaults) : [];
  }

  /** Writes the spec as a person does. */
  apply(spec: Partial<ProjectGitOpsSpecInput>): void {
    const manifest = projectFrom({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: "shop", namespace: NAMESPACE },
      spec: {
        projectId: "shop",
        git: { url: "https://git.example.com/x.git" },
        environments: [{ name: "development" }],
        ...spec,
      },
    });
    const { status: _s, metadata: _m, ...rest } = manifest;
    const person = { manager: "kubectl" };
    const ref = { namespace: NAMESPACE, name: "shop" };
    if (!this.project) this.server.create(KIND, { ...rest, metadata: ref } as never, person);
    else this.server.merge(KIND, ref, { spec: replaced(this.project.spec, rest.spec) }, person);
  }

  /** The project's object is lost, finalizer and all, as when a cluster is restored in part. */
  lose(): void {
    this.server.objects.delete(`${KIND}/${NAMESPACE}/shop`);
  }

  annotate(annotations: Record<string, string | null>): void {
    const ref = { namespace: NAMESPACE, name: "shop" };
    this.server.merge(KIND, ref, { metadata: { annotations } }, { manager: "kubectl" });
  }

  remove(): void {
    this.server.delete(KIND, { namespace: NAMESPACE, name: "shop" });
  }

  passTime(ms: number): void {
    this.#now += ms;
  }

  /**
   * Lets the world go on until nothing changes any more.
   * @throws BrokenPromise; Error when it does not come to rest
   */
  async settle(): Promise<void> {
    for (let round = 0, quiet = 0; round < MOST_ROUNDS; round++) {
      const before = this.server.version;
      const answered = await this.round();
      quiet = answered && this.server.version === before && this.#isOver() ? quiet + 1 : 0;
      if (quiet === 2) return;
    }
    throw new Error(`no rest after ${MOST_ROUNDS} rounds: ${JSON.stringify(this.project?.status, null, 1)}`);
  }

  /** The operator is killed and started anew. */
  restart(defaults = this.#defaults): void {
    this.#defaults = defaults;
    this.#process = this.#start();
  }

  /**
   * One resync and one pass of the operator, and a turn of every controller.
   * @returns false when the lists were not answered, or the operator died
   */
  async round(): Promise<boolean> {
    this.#disturbed = new Set();
    let answered = true;
    try {
      await this.#process.round();
    } catch (error) {
      answered = false;
      if (error instanceof Crash) this.#process = this.#start();
      else if (!(error instanceof Error) || !/K8sApiError|TransportError/.test(error.name)) throw error;
    }
    fluxControllers(this.server, this.unpruned);
    this.server.namespaceController();
    this.#now += 7000;
    return answered;
  }

  /** No fault and no deed is left to come. */
  #isOver(): boolean {
    const last = Math.max(this.#plot.faults.length, ...this.#plot.deeds.map(({ at }) => at + 1));
    return this.#requests >= last;
  }

  #start(): OperatorProcess {
    const watcher = {
      fault: (request: Request) => this.#fault(request),
      onRequest: (request: Request) => this.#onRequest(request),
    };
    return new OperatorProcess(this.server, watcher, () => this.#now, RESYNC_MS, undefined, this.#defaults);
  }

  #fault({ verb, kind, namespace }: Request): Fault {
    const at = this.#requests++;
    for (const deed of this.#plot.deeds) if (deed.at === at) this.#do(deed);
    const { denied } = this.isLenient ? {} : this.#plot;
    if (verb === "create" && kind === denied?.kind && namespace?.endsWith(denied.environment))
      return "forbidden";
    return this.#plot.faults[at] ?? "none";
  }

  #onRequest(request: Request): void {
    if (request.verb !== "get" && request.verb !== "list") this.writes++;
    keepPromises(this.server, request, this.#disturbed, this.#defaults);
    const key = `${request.kind}/${request.namespace ?? ""}/${request.name}`;
    if (request.verb === "create" && !request.before) this.created.set(key, (this.created.get(key) ?? 0) + 1);
  }

  #do({ what, target }: Deed): void {
    const ids = this.ids();
    const id = ids[target % Math.max(1, ids.length)];
    if (!id) return;
    const key = objectKey(id);
    const there = this.server.objects.get(key);
    const actor = { manager: "kubectl-edit" };
    const ref = { ...(id.namespace ? { namespace: id.namespace } : {}), name: id.name };
    this.#disturb(id);
    const merge = (patch: object) => there && this.server.merge(id.kind, ref, patch as never, actor);
    const ours = there?.metadata.annotations?.["projectgitops.dev/owner-uid"] === this.project?.metadata.uid;
    switch (what) {
      case "plant":
        if (!there && (id.namespace === "" || this.#isOpen(id.namespace)))
          this.server.create(id.kind, { metadata: { ...ref, labels: { theirs: "yes" } } }, actor);
        return;
      case "delete":
        if (there && ours) this.server.delete(id.kind, ref);
        return;
      case "edit":
        if (!ours || there?.metadata.deletionTimestamp) return;
        merge(
          there?.["spec"]
            ? { spec: { interval: "99m", suspend: true } }
            : { metadata: { labels: { "projectgitops.dev/project": "x" } } },
        );
        return;
      case "label":
        if (ours) merge({ metadata: { labels: { theirs: "too" } } });
        return;
      case "unlabel":
        if (ours) merge({ metadata: { labels: { "app.kubernetes.io/managed-by": null } } });
        return;
      case "disown":
        if (ours)
          merge({
            metadata: {
              annotations: { "projectgitops.dev/owner": null, "projectgitops.dev/owner-uid": null },
            },
          });
    }
  }

  #offer(at: number): void {
    const id = this.ids().filter(({ kind }) => kind === "Namespace")[at];
    if (id === undefined) return;
    const labels = { "projectgitops.dev/adopt": "shop", theirs: "yes" };
    this.server.create("Namespace", { metadata: { name: id.name, labels } }, { manager: "kubectl-create" });
  }

  /** A Namespace that is touched takes everything in it along. */
  #disturb(id: ObjectId): void {
    this.#disturbed.add(objectKey(id));
    if (id.kind !== "Namespace") return;
    for (const other of this.ids()) if (other.namespace === id.name) this.#disturbed.add(objectKey(other));
  }

  #isOpen(namespace: string): boolean {
    const home = this.server.objects.get(`Namespace//${namespace}`);
    return home !== undefined && !home.metadata.deletionTimestamp;
  }

  #secret(name: string, type: string, values: Record<string, string>): void {
    const data = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );
    this.server.create("Secret", { metadata: { namespace: NAMESPACE, name }, type, data } as never, {
      manager: "kubectl-create",
    });
  }
}

/** A merge patch replaces maps key by key: what is gone has to be null. */
const replaced = (before: object, after: object): object => ({
  ...Object.fromEntries(Object.keys(before).map((key) => [key, null])),
  ...Object.fromEntries(Object.entries(after).map(([key, value]) => [key, value])),
});

export const isOurs = (object: Stored | undefined, uid: string | undefined): boolean =>
  object?.metadata.annotations?.["projectgitops.dev/owner-uid"] === uid;

export const hasFinalizer = (project: ProjectGitOps): boolean =>
  project.metadata.finalizers?.includes(FINALIZER) === true;
