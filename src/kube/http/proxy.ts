/**
 * The proxy for `server` from HTTPS_PROXY and NO_PROXY, judged as Go's programs do (golang.org/x/net/http/httpproxy):
 * loopback is never proxied, and NO_PROXY may hold CIDRs, which Bun's own reading does not know; in-cluster
 * addresses are usually excepted that way.
 */
export function proxyFromEnvironment(server: URL, env = process.env): string | undefined {
  const names = server.protocol === "https:" ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"];
  const proxy = names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
  if (proxy === undefined) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (isLoopback(host)) return undefined;
  const exceptions = (env["NO_PROXY"] || env["no_proxy"] || "").split(",");
  if (exceptions.some((exception) => matches(exception.trim().toLowerCase(), host, port))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/** Loaded only where a proxy is set: node:net takes longer to load than the rest of the client. */
const net = () => require("node:net") as typeof import("node:net");
const isIP = (host: string): number => net().isIP(host);

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function matches(exception: string, host: string, port: string): boolean {
  if (exception === "") return false;
  if (exception === "*") return true;
  if (exception.includes("/")) return inNetwork(exception, host);
  const withPort = /^(.*[^:]):(\d+)$/.exec(exception);
  if (withPort !== null && isIP(exception) === 0) {
    if (withPort[2] !== port) return false;
    return matches(withPort[1] ?? "", host, port);
  }
  const name = exception.replace(/^\*?\./, "");
  if (isIP(name) !== 0) return name === host;
  // "example.com" means it and all below it, ".example.com" only what is below.
  return host.endsWith(`.${name}`) || (name === exception && host === name);
}

function inNetwork(cidr: string, host: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const version = isIP(host);
  if (version === 0 || isIP(network) !== version || !/^\d+$/.test(bits)) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const { BlockList } = net();
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
