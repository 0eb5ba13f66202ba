import type { Material } from "../auth/credentials.ts";
import { KubeError } from "../errors/kube-error.ts";
import type { ClientHooks, RequestEvent } from "../hooks.ts";
import type { CallOptions } from "../options.ts";
import { unexpected } from "./answer.ts";
import { BodyTooLarge, readText } from "./body.ts";
import type { ApiCall } from "./call.ts";
import type { Deadline } from "./deadline.ts";
import { type Stage, transportError } from "./failure.ts";
import type { Limiter } from "./limiter.ts";
import { queryString } from "./path.ts";
import type { Transport } from "./transport.ts";

/** What all calls of a client share. */
export interface Line {
  transport: Transport;
  settings: { requestTimeoutMs: number; maxRetries: number; maxResponseBytes: number; hooks: ClientHooks };
}

/** One try of one call, with its hooks; everything that fetch throws leaves it as a TransportError. */
export class Attempt {
  readonly #line: Line;
  readonly #call: ApiCall;
  readonly #deadline: Deadline;
  readonly #options: CallOptions;
  readonly #event: RequestEvent;
  #sentAt: number | undefined;
  #stage: Stage = "slot";
  #material: Material | undefined;

  constructor(line: Line, call: ApiCall, deadline: Deadline, options: CallOptions, number: number) {
    this.#line = line;
    this.#call = call;
    this.#deadline = deadline;
    this.#options = options;
    this.#event = eventOf(call, number);
  }

  /** Takes a slot; a promise only when none is free. */
  slot(limiter: Limiter): Promise<void> | undefined {
    if (this.#deadline.signal.aborted) throw this.#failure(this.#deadline.signal.reason);
    const waiting = limiter.acquire(this.#deadline.signal);
    return waiting && this.guard(() => waiting);
  }

  async send(): Promise<Response> {
    const { transport, settings } = this.#line;
    const { method, path, query, accept = "application/json", contentType, body } = this.#call;
    const { signal } = this.#deadline;
    const headers: Record<string, string> = { Accept: accept };
    if (contentType !== undefined) headers["Content-Type"] = contentType;
    try {
      this.#stage = "credential";
      const current = transport.credentials.current();
      this.#material = current instanceof Promise ? await raceAbort(current, signal) : current;
      signal.throwIfAborted();
      const { hooks } = settings;
      if (hooks.onRequest !== undefined) quietly(() => hooks.onRequest?.(this.#event));
      this.#sentAt = performance.now();
      this.#stage = "sent";
      const exchange = { method, target: path + queryString(query), headers, body, signal };
      const response = await transport.send(exchange, this.#material);
      this.#tellWarnings(response);
      return response;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async read(response: Response): Promise<string> {
    const { maxResponseBytes } = this.#line.settings;
    try {
      return await readText(response, maxResponseBytes);
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw this.#failure(error);
      const what = `the body is larger than ${maxResponseBytes} bytes`;
      throw this.#failure(unexpected(this.#call, response, what));
    }
  }

  /** Reads the credential again; true when there is a new one. */
  async renew(): Promise<boolean> {
    const used = this.#material;
    if (used === undefined) return false;
    return this.guard(() => raceAbort(this.#line.transport.credentials.renew(used), this.#deadline.signal));
  }

  async wait(ms: number): Promise<void> {
    await this.guard(() => this.#deadline.sleep(ms));
  }

  ended(code: number | "error"): void {
    if (this.#sentAt === undefined) return;
    const { hooks } = this.#line.settings;
    const durationMs = performance.now() - this.#sentAt;
    this.#sentAt = undefined;
    if (hooks.onResponse !== undefined)
      quietly(() => hooks.onResponse?.({ ...this.#event, code, durationMs }));
  }

  /** Runs a part of the attempt; what it throws comes out as the client's own error. */
  async guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** The attempt has failed: what its caller is told. */
  #failure(error: unknown): unknown {
    this.ended("error");
    if (error instanceof KubeError) return error;
    const { signal } = this.#options;
    if (signal?.aborted) return signal.reason;
    const { transport } = this.#line;
    return transportError(this.#call, error, {
      server: transport.server,
      usesProxy: transport.usesProxy,
      stage: this.#stage,
      expiredAfterMs: this.#deadline.expiredAfterMs,
      material: this.#material,
    });
  }

  #tellWarnings(response: Response): void {
    const { hooks } = this.#line.settings;
    const header = hooks.onWarning && response.headers.get("warning");
    if (!header) return;
    for (const [, text] of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      quietly(() => hooks.onWarning?.({ source: "server", text: (text ?? "").replace(/\\(.)/g, "$1") }));
    }
  }
}

function eventOf(call: ApiCall, attempt: number): RequestEvent {
  const event: RequestEvent = { verb: call.verb, resource: call.resource, attempt };
  if (call.subresource !== undefined) event.subresource = call.subresource;
  if (call.namespace !== undefined) event.namespace = call.namespace;
  if (call.name !== undefined) event.name = call.name;
  return event;
}

function quietly(hook: () => void): void {
  try {
    hook();
  } catch {
    // A hook observes; its faults are its own (hooks.ts).
  }
}

/** Work that has no signal of its own ends for this caller when the call does. */
function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", end));
  });
}
