import type { BunK8sClient } from "../../src/kube/index.ts";
import { type Answer, isKill, refusal } from "./fault.ts";
import type { GitHostProxy } from "./git-host.ts";
import type { Life, StartOperator } from "./operators.ts";
import type { Plan } from "./plan.ts";
import type { FaultProxy, Incoming, Reply } from "./proxy.ts";
import {
  describeHostRequest,
  describeRequest,
  type Entry,
  listKey,
  type Names,
  narrowed,
  oldestAllowed,
} from "./requests.ts";

export interface TrackOptions {
  proxy: FaultProxy;
  admin: BunK8sClient;
  /** The operator's bearer token. */
  token: string;
  start: StartOperator;
  /** The git host, for those scenarios where the operator calls it. */
  host?: GitHostProxy;
}

/** Hands a request on to where it was going. */
type Send = (incoming: Incoming) => Promise<Answer>;

const POLL = "list /apis/projectgitops.dev/v1alpha1/namespaces/PLATFORM/projectgitops ";
/** A successor that does not poll by then is not waited for by a write that is on its way. */
const LANDS_AFTER_MS = 1500;

/**
 * The way between one trial's operator and the API server: notes every request, lets the chosen one fail, and
 * starts a new operator where the old one was killed.
 */
export class Track {
  readonly lives: Life[] = [];
  wasHit = false;
  wasDisturbed = false;
  readonly #options: TrackOptions;
  readonly #names: Names;
  readonly #id = crypto.randomUUID().slice(0, 8);
  readonly #entries: Entry[] = [];
  readonly #lists = new Map<string, Answer[]>();
  readonly #beganAt = performance.now();
  readonly #dead = new Set<number>();
  #armedAt: number | undefined;
  #plan: Plan | undefined;
  #matches = 0;
  #process = 0;
  #starting: Promise<Life> | undefined;
  #underWay = 0;
  #polled: (() => void) | undefined;

  constructor(options: TrackOptions, names: Names) {
    this.#options = options;
    this.#names = names;
  }

  /** Starts an operator, the successor of the one before. */
  async start(): Promise<void> {
    const process = ++this.#process;
    const server = this.#options.proxy.open(this.#door(process), (incoming) => this.#pass(process, incoming));
    const { caPem } = this.#options.proxy;
    const { token } = this.#options;
    const { host } = this.#options;
    host?.open(this.#names.projectId, (incoming) => this.#passToHost(process, incoming));
    const gitHosts = host && [host.host, host.address.sshHost];
    const where = { server, caPem, token, namespace: this.#names.platform };
    this.#starting = this.#options.start({ ...where, ...(gitHosts ? { gitHosts } : {}) });
    this.lives.push(await this.#starting);
  }

  /** From now on the requests are the scenario's. */
  arm(plan: Plan | undefined): void {
    this.#armedAt = this.#entries.length;
    this.#plan = plan;
  }

  async stop(): Promise<void> {
    await this.#kill();
  }

  /** Requests since `arm`. */
  scenario(): Entry[] {
    return this.#entries.slice(this.#armedAt);
  }

  /** Writes so far, events apart: those are sent when all is over, and may be lost. */
  get writes(): number {
    return this.#entries.filter(({ isWrite, isEvent }) => isWrite && !isEvent).length;
  }

  /** Resyncs that have been answered: each lists all managed Namespaces. */
  get resyncs(): number {
    return this.#answered("list /api/v1/namespaces ").length;
  }

  /** Polls that the operator has begun and ended after its last resync. */
  get pollsSinceResync(): number {
    const last = this.#answered("list /api/v1/namespaces ").at(-1)?.at ?? 0;
    return this.#answered(POLL).filter(({ at }) => at > last).length;
  }

  #answered(signature: string): Entry[] {
    return this.#entries.filter((entry) => entry.code === 200 && entry.signature.startsWith(signature));
  }

  /** Nothing is on its way to the API server that could still change something, and nobody is about to send it. */
  get isAtRest(): boolean {
    return this.#underWay === 0 && (this.lives.at(-1)?.isAtRest() ?? false);
  }

  /** What no operator may do, whatever happens to it. */
  problems(): string[] {
    const made = this.#entries.filter(({ creates, code }) => creates !== undefined && code === 201);
    const again = made.filter(
      ({ creates }, index) => made.findIndex((one) => one.creates === creates) < index,
    );
    const homeless = this.#entries.filter(({ creates, code }) => creates !== undefined && code === 404);
    const careless = this.#entries.filter(({ isByNameAlone }) => isByNameAlone);
    return [
      ...careless.map(({ signature }) => `written by name alone: ${signature}`),
      ...again.map(({ signature }) => `made twice: ${signature}`),
      ...homeless.map(({ signature }) => `sent before its namespace: ${signature}`),
    ];
  }

  /** The scenario's writes and the log of the operator, to find out what happened. */
  story(): string[] {
    const writes = this.scenario().filter(({ isWrite }) => isWrite);
    const told = writes.map(
      ({ at, process, signature, code }) =>
        `  ${Math.round(at - this.#beganAt)} ms, process ${process}: ${signature} ${code ?? "(no answer)"}`,
    );
    const log = this.lives.map((life) => life.output().split("\n").slice(-25).join("\n  "));
    return [`\n${told.join("\n")}`, `\n  ${log.join("\n  --\n  ")}`];
  }

  #door(process: number): string {
    return `${this.#id}-${process}`;
  }

  async #pass(process: number, original: Incoming): Promise<Reply> {
    if (this.#dead.has(process)) return { kind: "cut" };
    const incoming = narrowed(original, this.#names);
    const entry: Entry = { ...describeRequest(incoming, this.#names), process, at: performance.now() };
    return this.#carry(entry, incoming, (one) => this.#options.proxy.forward(one));
  }

  async #passToHost(process: number, incoming: Incoming): Promise<Reply> {
    const { host } = this.#options;
    if (this.#dead.has(process) || host === undefined) return { kind: "cut" };
    const entry: Entry = { ...describeHostRequest(incoming, this.#names), process, at: performance.now() };
    return this.#carry(entry, incoming, (one) => host.forward(one));
  }

  async #carry(entry: Entry, incoming: Incoming, send: Send): Promise<Reply> {
    const { process } = entry;
    this.#entries.push(entry);
    this.#underWay += entry.isWrite ? 1 : 0;
    try {
      if (this.#isTarget(entry)) return await this.#fail(entry, incoming, send);
      let gaveUp = false;
      void incoming.closed.then(() => {
        gaveUp = true;
      });
      const answer = await this.#forward(entry, incoming, send);
      if (gaveUp && !this.#dead.has(process)) this.wasDisturbed = true;
      return { kind: "answer", answer };
    } finally {
      this.#underWay -= entry.isWrite ? 1 : 0;
    }
  }

  #isTarget({ signature }: Entry): boolean {
    if (this.#plan === undefined || this.wasHit || signature !== this.#plan.signature) return false;
    return ++this.#matches === this.#plan.occurrence;
  }

  async #forward(entry: Entry, incoming: Incoming, send: Send): Promise<Answer> {
    const answer = await send(incoming);
    entry.code = answer.status;
    if (entry.signature.startsWith("list ") && answer.status === 200) {
      const key = listKey(incoming);
      this.#lists.set(key, [...(this.#lists.get(key) ?? []), answer]);
      if (entry.process === this.#process && entry.signature.startsWith(POLL))
        queueMicrotask(() => this.#polled?.());
    }
    return answer;
  }

  async #fail(entry: Entry, incoming: Incoming, send: Send): Promise<Reply> {
    const fault = this.#plan?.fault ?? "lost";
    this.wasHit = true;
    if (isKill(fault)) return this.#killAround(fault, entry, incoming, send);
    switch (fault) {
      case "lost":
        return { kind: "cut" };
      case "answer-lost":
        await this.#forward(entry, incoming, send);
        return { kind: "cut" };
      case "reset":
        return { kind: "torn", answer: await this.#forward(entry, incoming, send) };
      case "timeout":
        await incoming.closed;
        return { kind: "cut" };
      case "late":
        await incoming.closed;
        await this.#forward(entry, incoming, send);
        return { kind: "cut" };
      case "stale":
        return this.#stale(entry, incoming, send);
      default: {
        const echo = entry.isWrite && incoming.target.includes("/secrets") ? incoming.body : "";
        const answer = refusal(fault, echo);
        return answer ? { kind: "answer", answer } : { kind: "cut" };
      }
    }
  }

  async #killAround(fault: string, entry: Entry, incoming: Incoming, send: Send): Promise<Reply> {
    if (fault === "kill-after") await this.#forward(entry, incoming, send);
    await this.#kill();
    const polled = new Promise<void>((done) => {
      this.#polled = done;
    });
    // Not waited for: this request is the dead one's.
    void this.start();
    if (fault === "kill-at") {
      await Promise.race([polled, Bun.sleep(LANDS_AFTER_MS)]);
      await this.#forward(entry, incoming, send);
    }
    return { kind: "cut" };
  }

  /** The oldest answer that the request allows; without one that differs nothing has failed. */
  async #stale(entry: Entry, incoming: Incoming, send: Send): Promise<Reply> {
    const oldest = oldestAllowed(incoming) ?? Number.POSITIVE_INFINITY;
    const old = this.#lists.get(listKey(incoming))?.find(({ body }) => versionOf(body) >= oldest);
    const fresh = await this.#forward(entry, incoming, send);
    if (old === undefined || itemsOf(old.body) === itemsOf(fresh.body)) this.wasHit = false;
    return { kind: "answer", answer: old ?? fresh };
  }

  async #kill(): Promise<void> {
    this.#dead.add(this.#process);
    this.#options.proxy.close(this.#door(this.#process));
    const life = await this.#starting;
    await life?.kill();
  }
}

const versionOf = (list: string): number =>
  Number((JSON.parse(list) as { metadata: { resourceVersion: string } }).metadata.resourceVersion);

function itemsOf(list: string): string {
  const { items, rows } = JSON.parse(list) as { items?: unknown; rows?: unknown };
  return JSON.stringify(items ?? rows);
}
