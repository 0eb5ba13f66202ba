import type { Agent } from "node:https";
import { type Credentials, type Material, sameConnection } from "../auth/credentials.ts";
import type { ClientConfig } from "../config/client-config.ts";
import { ConfigError } from "../errors/config-error.ts";
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
  readonly #config: ClientConfig;
  readonly #credentials: Credentials;
  readonly #headers: [string, string][];
  readonly #proxy: string | false;
  /** Set only when a header has to be sent more than once. */
  readonly #repeated: Record<string, string[]> | undefined;
  #agent: Agent | undefined;
  #session: Bun.FetchSession | undefined;
  #sessionMaterial: Material | undefined;

  constructor(config: ClientConfig, credentials: Credentials, userAgent: string) {
    const url = serverUrl(config.server);
    this.server = config.server.replace(/\/+$/, "");
    this.#config = config;
    this.#credentials = credentials;
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
  }

  /** Sends it; the material says with which credential, for `renew`. */
  async send(exchange: Exchange, material: Material): Promise<Response> {
    for (const [name, value] of this.#headers) exchange.headers[name] = value;
    if (material.authorization !== undefined) exchange.headers["Authorization"] = material.authorization;
    const init: BunFetchRequestInit = {
      method: exchange.method,
      headers: exchange.headers,
      signal: exchange.signal,
      // A redirect could carry the credential to another host.
      redirect: "manual",
    };
    if (exchange.body !== undefined) init.body = exchange.body;
    if (this.#repeated !== undefined) {
      return sendWithRepeatedHeaders(this.server, exchange, this.#repeated, this.#agentFor(material));
    }
    return this.#sessionFor(material).fetch(this.server + exchange.target, init);
  }

  get usesProxy(): boolean {
    return this.#proxy !== false;
  }

  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Closes connections that are not in use; the client stays usable. */
  close(): void {
    this.#session?.close();
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  #agentFor(material: Material): Agent {
    if (this.#agent !== undefined && this.#sessionMaterial !== undefined) {
      if (sameConnection(this.#sessionMaterial, material)) return this.#agent;
      this.#agent.destroy();
    }
    const { Agent } = require("node:https") as typeof import("node:https");
    const { serverName, ...tls } = tlsOptions(this.#config, material);
    const options = {
      ...tls,
      keepAlive: true,
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
    this.#sessionMaterial = material;
    this.#agent = new Agent(options as ConstructorParameters<typeof Agent>[0]);
    return this.#agent;
  }

  #sessionFor(material: Material): Bun.FetchSession {
    if (this.#session !== undefined && this.#sessionMaterial !== undefined) {
      if (sameConnection(this.#sessionMaterial, material)) return this.#session;
      this.#session.close();
    }
    this.#sessionMaterial = material;
    this.#session = new Bun.FetchSession({
      tls: tlsOptions(this.#config, material),
      proxy: this.#proxy === false ? false : { url: this.#proxy, respectNoProxy: false },
      keepAlive: { idleTimeout: IDLE_SECONDS },
    });
    return this.#session;
  }
}

function tlsOptions(config: ClientConfig, material: Material): BunFetchRequestInitTLS {
  const tls: BunFetchRequestInitTLS = { rejectUnauthorized: config.insecureSkipTlsVerify !== true };
  if (material.ca !== undefined) tls.ca = material.ca;
  if (material.certificate !== undefined) tls.cert = material.certificate;
  if (material.key !== undefined) tls.key = material.key;
  if (config.tlsServerName !== undefined) tls.serverName = config.tlsServerName;
  return tls;
}

function fixedHeaders(config: ClientConfig, userAgent: string): [string, string][] {
  const headers: [string, string][] = [["User-Agent", userAgent]];
  if (config.disableCompression === true) headers.push(["Accept-Encoding", "identity"]);
  const as = config.impersonate;
  if (as === undefined) return headers;
  headers.push(["Impersonate-User", as.user]);
  if (as.uid !== undefined) headers.push(["Impersonate-Uid", as.uid]);
  return headers;
}

/** Impersonation's headers that may come more than once. Source: Kubernetes docs, "User impersonation". */
function listHeaders(config: ClientConfig): Record<string, string[]> {
  const { groups = [], extra = {} } = config.impersonate ?? {};
  const headers: Record<string, string[]> = {};
  if (groups.length > 0) headers["Impersonate-Group"] = groups;
  for (const key in extra) headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = extra[key] ?? [];
  return headers;
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
