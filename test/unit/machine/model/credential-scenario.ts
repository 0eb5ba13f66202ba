import fc from "fast-check";
import { type GeneratedState, readGeneratedState } from "../../../../src/api/generated.ts";
import { API_VERSION, KIND } from "../../../../src/api/names.ts";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../../src/api/schema.ts";
import type { GitHosts } from "../../../../src/reconcile/index.ts";
import { projectFrom } from "../../plan/support.ts";
import { brokenRules } from "../kstatus-rules.ts";
import { ModelServer, type Stored } from "./api-server.ts";
import { Crash, type Fault, type Request } from "./client.ts";
import { fluxControllers } from "./flux.ts";
import { type Held, type HostFault, ModelGitHost } from "./git-host.ts";
import { OperatorProcess } from "./process.ts";
import { BrokenPromise, patched } from "./rules.ts";

const NAMESPACE = "platform";
const STORE = "shop-git-credential";
const START = Date.parse("2026-11-22T06:00:00Z");
const MOST_ROUNDS = 400;

/** What a person does between two rounds. */
export type Turn =
  | "rotate"
  | "revoke"
  | "age"
  | "move"
  | "moveBack"
  | "lose"
  | "rename"
  | "close"
  | "suspend"
  | "resume"
  | "wait";

export interface CredentialPlot {
  readonly kind: "deployKey" | "accessToken";
  /** One for each request to the API server, in turn; then none. */
  readonly faults: readonly Fault[];
  /** One for each call of the git host, in turn; then none. */
  readonly hostFaults: readonly HostFault[];
  /** By registration: git is refused with it. */
  readonly duds: readonly boolean[];
  readonly turns: readonly Turn[];
  /** Flux answers in every such round. */
  readonly fluxEvery: number;
}

const HOST_FAULTS: HostFault[] = ["unavailable", "lostAfter", "limited", "crashBefore", "crashAfter"];
export const anyHostFaults = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<HostFault>("none") },
    { weight: 2, arbitrary: fc.constantFrom(...HOST_FAULTS) },
  ),
  { maxLength: 30 },
);
export const anyTurns = (...turns: Turn[]) => fc.array(fc.constantFrom(...turns), { maxLength: 6 });

/** A project whose credential the operator makes; the real reconciler over the API server, the git host and Flux. */
export class CredentialScenario {
  readonly server: ModelServer;
  readonly host: ModelGitHost;
  readonly #plot: CredentialPlot;
  #process: OperatorProcess;
  #now = START;
  #requests = 0;
  #calls = 0;
  #made = 0;
  #rounds = 0;
  #path = "acme/shop";
  #apiURL = "https://codeberg.org";
  /** Name of the Secret that the host is asked with. */
  #hostSecret = "host";
  /** Titles of what the operator has lost its memory of. */
  readonly #strays = new Set<string>();
  /** No fetch may fail at all: nothing is moved, and every registration works. */
  readonly #isSteady: boolean;

  constructor(plot: CredentialPlot) {
    this.#plot = plot;
    const isMoved = plot.turns.includes("move") || plot.turns.includes("close");
    this.#isSteady = !isMoved && !plot.duds.includes(true);
    this.server = new ModelServer(() => this.#now);
    this.host = new ModelGitHost(() => this.#now, {
      fault: () => plot.hostFaults[this.#calls++] ?? "none",
      // The first one works: there would be none to go back to.
      isDud: () => this.state?.current !== undefined && (plot.duds[this.#made++] ?? false),
      onChange: (removed) => this.#keepHostPromises(removed),
    });
    const admin = { manager: "kubectl-create" };
    for (const name of [NAMESPACE, "kube-system"])
      this.server.create("Namespace", { metadata: { name } }, admin);
    this.#offerHostSecret();
    this.#process = this.#start();
    this.apply();
  }

  get project(): ProjectGitOps | undefined {
    return this.server.objects.get(`${KIND}/${NAMESPACE}/shop`) as unknown as ProjectGitOps | undefined;
  }

  get state(): GeneratedState | undefined {
    const found = this.server.objects.get(`Secret/${NAMESPACE}/${STORE}`);
    return readGeneratedState(found?.metadata.annotations?.["projectgitops.dev/generated"]);
  }

  get hasStore(): boolean {
    return this.server.objects.has(`Secret/${NAMESPACE}/${STORE}`);
  }

  get registered(): Held[] {
    return [...this.host.held.values()];
  }

  /** How often the git host was called. */
  get calls(): number {
    return this.#calls;
  }

  /** GitRepositories that would be fetched now, and whether they could. */
  get fetches(): { name: string; works: boolean; secret: string | undefined }[] {
    return this.server
      .list("GitRepository")
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map((repository) => {
        const secret = this.#secretOf(repository);
        const name = `${repository.metadata.namespace}/${repository.metadata.name}`;
        return { name, secret, works: this.#lets(repository) };
      });
  }

  apply(change: Partial<ProjectGitOpsSpecInput> = {}): void {
    const manifest = projectFrom({
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: "shop", namespace: NAMESPACE },
      spec: {
        projectId: "shop",
        git: { url: this.#url(), credential: { generate: this.#generate() } },
        environments: [{ name: "development" }, { name: "production" }],
        setup: { timeout: "9000h" },
        ...change,
      },
    });
    const person = { manager: "kubectl" };
    const ref = { namespace: NAMESPACE, name: "shop" };
    const { status: _s, metadata: _m, ...rest } = manifest;
    // A merge patch takes out what is null.
    const git = { ...rest.spec.git, credential: rest.spec.git.credential ?? null };
    if (!this.project) this.server.create(KIND, { ...rest, metadata: ref } as never, person);
    else
      this.server.merge(
        KIND,
        ref,
        { spec: { ...rest.spec, suspend: rest.spec.suspend ?? null, git } },
        person,
      );
  }

  remove(): void {
    this.server.delete(KIND, { namespace: NAMESPACE, name: "shop" });
  }

  /** All turns of the plot, each after as many rounds as it comes to, then rest. */
  async play(): Promise<void> {
    for (const [i, turn] of this.#plot.turns.entries()) {
      for (let round = 0; round <= i % 3; round++) await this.round();
      this.#do(turn, i);
    }
    if (this.project?.spec.suspend) this.apply();
    await this.rest();
  }

  /**
   * Until nothing changes any more for as long as a rotation, its overlap and every retry can take.
   * @throws BrokenPromise; Error when it does not come to rest
   */
  async rest(): Promise<void> {
    let changed = this.#now;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { version } = this.server;
      const answered = await this.round();
      const isOver =
        this.#requests >= this.#plot.faults.length && this.#calls >= this.#plot.hostFaults.length;
      if (!answered || this.server.version !== version) changed = this.#now;
      // Calls of the host come only now and then: its faults would never be over.
      else if (this.#now - changed > 7 * 3_600_000) return;
      else if (isOver || round % 4 === 3) this.#now += 20 * 60_000;
    }
    throw new Error(`no rest after ${MOST_ROUNDS} rounds: ${JSON.stringify(this.project?.status, null, 1)}`);
  }

  /** One pass of the operator and a turn of every controller. @returns false when the operator died or had no answer */
  async round(): Promise<boolean> {
    let answered = true;
    try {
      await this.#process.round();
    } catch (error) {
      answered = false;
      if (error instanceof Crash) this.#process = this.#start();
      else if (!(error instanceof Error) || !/K8sApiError|TransportError/.test(error.name)) throw error;
    }
    if (this.#rounds++ % this.#plot.fluxEvery === 0)
      fluxControllers(this.server, [], (repository) =>
        this.#lets(repository) ? undefined : "failed to checkout: ssh: unable to authenticate",
      );
    this.server.namespaceController();
    this.#now += 7000;
    return answered;
  }

  /** The operator is killed and started anew. */
  restart(): void {
    this.#process = this.#start();
  }

  #do(turn: Turn, i: number): void {
    const ref = { namespace: NAMESPACE, name: "shop" };
    const annotate = (name: string) =>
      this.server.merge(
        KIND,
        ref,
        { metadata: { annotations: { [`projectgitops.dev/${name}`]: `${i}` } } },
        { manager: "kubectl" },
      );
    switch (turn) {
      case "rotate":
      case "revoke":
        annotate(turn);
        return;
      case "rename":
        this.server.objects.delete(`Secret/${NAMESPACE}/${this.#hostSecret}`);
        this.#hostSecret = `host-${i}`;
        this.#offerHostSecret();
        this.apply();
        return;
      case "close":
        this.host.close(this.#apiURL);
        this.#apiURL = `https://git-${i}.example.com`;
        this.apply();
        return;
      case "age":
        this.#now += 721 * 3_600_000;
        return;
      case "wait":
        this.#now += 60_000;
        return;
      case "move":
      case "moveBack":
        this.#path = turn === "move" ? `acme/shop-${i}` : "acme/shop";
        this.apply();
        return;
      case "suspend":
      case "resume":
        this.apply(turn === "suspend" ? { suspend: true } : {});
        return;
      case "lose":
        for (const { title } of this.registered) this.#strays.add(title);
        this.server.objects.delete(`Secret/${NAMESPACE}/${STORE}`);
    }
  }

  /** A Secret with what the host's API asks for. */
  #offerHostSecret(): void {
    const data =
      this.#plot.kind === "deployKey" ? { token: "t" } : { username: "admin", password: "hunter2" };
    const entries = Object.entries(data).map(([key, text]) => [key, encoded(text)]);
    const metadata = { namespace: NAMESPACE, name: this.#hostSecret };
    const body = { metadata, type: "Opaque", data: Object.fromEntries(entries) } as never;
    this.server.create("Secret", body, { manager: "kubectl-create" });
  }

  #start(): OperatorProcess {
    const watcher = {
      fault: () => this.#plot.faults[this.#requests++] ?? "none",
      onRequest: (request: Request) => this.#onRequest(request),
    };
    const hosts: Pick<GitHosts, "open"> = { open: (target) => this.host.open(target) };
    return new OperatorProcess(this.server, watcher, () => this.#now, 5000, hosts);
  }

  #onRequest({ kind, verb, namespace, name, body, before, subresource }: Request): void {
    this.#keepFetching();
    if (kind === "Secret" && namespace === NAMESPACE && !["get", "list"].includes(verb) && name !== STORE)
      throw new BrokenPromise(`only its own Secret is written in the project's namespace, not ${name}`);
    if (verb === "create" && kind === "Namespace" && this.state?.current === undefined)
      throw new BrokenPromise("a Namespace was made before the credential was in force");
    if (subresource !== "status" || !before) return;
    const status = patched(before["status"], body?.["status"]) as NonNullable<ProjectGitOps["status"]>;
    const broken = brokenRules(status, before as unknown as ProjectGitOps);
    if (broken.length > 0) throw new BrokenPromise(broken.join("; "));
  }

  /** No moment in which a fetch fails, while nothing is moved and every registration works. */
  #keepFetching(): void {
    if (!this.#isSteady) return;
    const broken = this.fetches.find(({ works }) => !works);
    if (broken) throw new BrokenPromise(`a fetch of ${broken.name} would fail now`);
  }

  #keepHostPromises(removed: Held | undefined): void {
    const own = this.registered.filter(({ title }) => !this.#strays.has(title));
    if (own.length > 2)
      throw new BrokenPromise(`registered at once: ${own.map(({ title }) => title).join(", ")}`);
    const used = this.fetches.find(({ secret }) => removed?.works && secret === removed.secret);
    if (used) throw new BrokenPromise(`${removed?.title} was removed, and ${used.name} fetches with it`);
    this.#keepFetching();
  }

  /** What is fetched without a credential is public here. */
  #lets(repository: Stored): boolean {
    const { secretRef } = repository["spec"] as { secretRef?: object };
    return secretRef === undefined || this.host.lets(pathOf(repository), this.#secretOf(repository));
  }

  #secretOf({ metadata }: Stored): string | undefined {
    const copy = this.server.objects.get(`Secret/${metadata.namespace}/shop-git-auth`);
    const { password = "", "identity.pub": key = "" } = (copy?.["data"] ?? {}) as Record<string, string>;
    return this.#plot.kind === "accessToken"
      ? decoded(password)
      : decoded(key).split(" ").slice(0, 2).join(" ").trim();
  }

  #url(): string {
    return this.#plot.kind === "deployKey"
      ? `ssh://git@codeberg.org/${this.#path}.git`
      : `${this.#apiURL}/${this.#path}.git`;
  }

  #generate() {
    const hostCredentialRef = { name: this.#hostSecret };
    const rotation = { interval: "720h", overlap: "30s" };
    const apiURL = this.#apiURL;
    return { provider: "forgejo" as const, apiURL, kind: this.#plot.kind, hostCredentialRef, rotation };
  }
}

const pathOf = (repository: Stored): string =>
  (repository["spec"] as { url: string }).url.replace(/^[a-z]+:\/\/[^/]+\//, "").replace(/\.git$/, "");

const encoded = (text: string): string => Buffer.from(text).toString("base64");
const decoded = (base64: string): string => Buffer.from(base64, "base64").toString();
