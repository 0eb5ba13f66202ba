import type { Agent } from "node:https";
import { type Credentials, type Material, sameConnection } from "../auth/credentials.ts";
import type { ClientConfig } from "../config/client-config.ts";
import { ConfigError } from "../errors/config-error.ts";
import { fixedHeaders, listHeaders } from "./fixed-headers.ts";
import { proxyFromEnvironment } from "./proxy.ts";
import { sendWithRepeatedHeaders } from "./repeated-headers.ts";

/**
 * Seconds an unused connection is kept: less than the shortest usual limit on the other side (60 s in load
 * balancers, 90 s in the API server), so that a request seldom meets a connection that is just being closed.
 */
const IDLE_SECONDS = 50;

/** One HTTP request, before credentials. */
export interface Exchange {
  method: string;
  /** Path and query. */
  target: string;
  headers: Record<string, string>;
  body?: string | undefined;
  signal: AbortSignal;
}

/**
 * Sends requests to one API server as one user, over connections that nobody else shares: a Bun.FetchSession for
 * each cluster and credential. When the certificate or CA changes, a new session takes over.
 */
export class Transport {
  readonly server: string;
  readonly credentials: Credentials;
  readonly #headers: [string, string][];
  readonly #proxy: string | false;
  /** Set only when a header has to be sent more than once. */
  readonly #repeated: Record<string, string[]> | undefined;
  readonly #sessions: ForConnection<Bun.FetchSession>;
  readonly #agents: ForConnection<Agent>;

  constructor(config: ClientConfig, credentials: Credentials, userAgent: string) {
    if (typeof Bun === "undefined" || Bun.FetchSession === undefined) {
      throw new ConfigError("this client needs Bun 1.4.5 or newer: it rests on Bun.FetchSession");
    }
    const url = serverUrl(config.server);
    this.server = config.server.replace(/\/+$/, "");
    this.credentials = credentials;
    this.#headers = fixedHeaders(config, userAgent);
    this.#proxy = proxyOf(config, url) ?? false;
    const lists = listHeaders(config);
    if (Object.values(lists).some((values) => values.length > 1)) this.#repeated = lists;
    else for (const name in lists) this.#headers.push([name, lists[name]?.[0] ?? ""]);
    if (this.#repeated !== undefined && this.#proxy !== false) {
      throw new ConfigError(
        "acting as more than one group (or extra value) through a proxy is not supported",
      );
    }
    const proxy = this.#proxy === false ? false : { url: this.#proxy, respectNoProxy: false };
    this.#sessions = new ForConnection(
      (material) =>
        new Bun.FetchSession({
          tls: tlsOptions(config, material),
          proxy,
          keepAlive: { idleTimeout: IDLE_SECONDS },
        }),
      (session) => session.close(),
    );
    this.#agents = new ForConnection(
      (material) => makeAgent(tlsOptions(config, material)),
      (agent) => agent.destroy(),
    );
  }

  /** Sends it; the material says with which credential, for `renew`. */
  send(exchange: Exchange, material: Material): Promise<Response> {
    for (const [name, value] of this.#headers) exchange.headers[name] = value;
    if (material.authorization !== undefined) exchange.headers["Authorization"] = material.authorization;
    const init: BunFetchRequestInit = {
      method: exchange.method,
      headers: exchange.headers,
      signal: exchange.signal,
      protocol: "http1.1",
      // A redirect could carry the credential to another host.
      redirect: "manual",
    };
    if (exchange.body !== undefined) init.body = exchange.body;
    if (this.#repeated !== undefined) {
      return sendWithRepeatedHeaders(this.server, exchange, this.#repeated, this.#agents.get(material));
    }
    return this.#sessions.get(material).fetch(this.server + exchange.target, init);
  }

  get usesProxy(): boolean {
    return this.#proxy !== false;
  }

  /** Closes connections that are not in use; the client stays usable. */
  close(): void {
    this.#sessions.drop();
    this.#agents.drop();
  }
}

/** What keeps connections open, for the present CA and certificate; made anew when those change. */
class ForConnection<T> {
  readonly #make: (material: Material) => T;
  readonly #end: (old: T) => void;
  #present: { material: Material; value: T } | undefined;

  constructor(make: (material: Material) => T, end: (old: T) => void) {
    this.#make = make;
    this.#end = end;
  }

  get(material: Material): T {
    if (this.#present !== undefined) {
      if (sameConnection(this.#present.material, material)) return this.#present.value;
      this.drop();
    }
    this.#present = { material, value: this.#make(material) };
    return this.#present.value;
  }

  drop(): void {
    if (this.#present !== undefined) this.#end(this.#present.value);
    this.#present = undefined;
  }
}

function makeAgent({ serverName, ...tls }: BunFetchRequestInitTLS): Agent {
  const { Agent } = require("node:https") as typeof import("node:https");
  const servername = serverName === undefined ? {} : { servername: serverName };
  return new Agent({ ...tls, ...servername, keepAlive: true } as ConstructorParameters<typeof Agent>[0]);
}

function tlsOptions(config: ClientConfig, material: Material): BunFetchRequestInitTLS {
  const tls: BunFetchRequestInitTLS = { rejectUnauthorized: config.insecureSkipTlsVerify !== true };
  if (material.ca !== undefined) tls.ca = material.ca;
  if (material.certificate !== undefined) tls.cert = material.certificate;
  if (material.key !== undefined) tls.key = material.key;
  if (config.tlsServerName !== undefined) tls.serverName = config.tlsServerName;
  return tls;
}

function serverUrl(server: string): URL {
  let url: URL;
  try {
    url = new URL(server);
  } catch {
    throw new ConfigError(`server "${server}" is not a URL like https://127.0.0.1:6443`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new ConfigError(`server "${server}" starts with neither https:// nor http://`);
  }
  if (url.username !== "" || url.password !== "")
    throw new ConfigError("server holds a user name or password; put them in the user's entry");
  return url;
}

function proxyOf(config: ClientConfig, server: URL): string | undefined {
  if (config.proxyUrl === undefined) return proxyFromEnvironment(server);
  if (!/^https?:\/\//.test(config.proxyUrl)) {
    throw new ConfigError("proxy-url has to start with http:// or https://; socks5:// is not supported");
  }
  return config.proxyUrl;
}
