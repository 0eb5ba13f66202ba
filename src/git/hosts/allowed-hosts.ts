import { isIP } from "node:net";
import { PUBLIC_HOSTS } from "../../api/generate.ts";

/** github.com's API has a host of its own. */
export const GITHUB_API = "https://api.github.com";

const WELL_KNOWN: readonly string[] = Object.values(PUBLIC_HOSTS).map((url) => new URL(url).host);

/**
 * Why the operator may not call this host; undefined where it may. Only hosts that were named are called, so that a
 * project cannot make the operator speak to addresses inside the cluster; where none is named, the well-known ones.
 * @param apiURL https://host or https://host:port
 * @param allowed --git-hosts: `host`, for port 443, or `host:port`, in lower case
 */
export function whyNotAllowed(apiURL: string, allowed: readonly string[] | undefined): string | undefined {
  const { host, hostname } = new URL(apiURL);
  const names = allowed ?? WELL_KNOWN;
  if (names.includes(host) || names.includes(bare(host))) return undefined;
  const kind = localKind(bare(hostname));
  const what = kind === undefined ? "" : `, ${kind}`;
  const may = allowed === undefined ? `${WELL_KNOWN.join(", ")} (--git-hosts is not set)` : names.join(", ");
  return `the operator may not call ${host}${what}: it may call ${may}; nothing was sent`;
}

/** IPv6 addresses stand in --git-hosts without brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/** What an address is for, where it is none of the internet's; host names are judged by the list alone. */
function localKind(hostname: string): string | undefined {
  const version = isIP(hostname);
  if (version === 4) return IPV4.find(([range]) => range.test(hostname))?.[1];
  if (version === 6) return IPV6.find(([range]) => range.test(hostname))?.[1];
  return hostname === "localhost" || hostname.endsWith(".localhost") ? "this machine itself" : undefined;
}

/** RFC 1122, 3927, 1918, 6598. URL has already written every spelling as four decimal numbers. */
const IPV4: [RegExp, string][] = [
  [/^(127|0)\./, "a loopback address"],
  [/^169\.254\./, "a link-local address"],
  [
    /^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.)/,
    "a private address",
  ],
];

/** RFC 4291, 4193. */
const IPV6: [RegExp, string][] = [
  [/^::1?$/, "a loopback address"],
  [/^fe[89ab]/, "a link-local address"],
  [/^f[cd]/, "a private address"],
  [/^::ffff:/, "an IPv4 address written as IPv6"],
];
