import { createHmac } from "node:crypto";
import { type GitUrl, knownHostsName } from "../api/git-url.ts";
import type { CredentialFault } from "./fault.ts";
import type { CredentialProblem } from "./problem.ts";
import { PUBLISHED_HOST_KEYS } from "./published-host-keys.ts";
import { encodedTwice, normaliseLines } from "./secret-values.ts";
import { publicBlob } from "./ssh-key.ts";

type Host = Pick<GitUrl, "host" | "port">;

/** A text in the form of a known_hosts file, and where it comes from, as a person would say it. */
export interface KnownHostsSource {
  from: string;
  text: string | undefined;
}

export interface KnownHosts {
  kind: "knownHosts";
  text: string;
}

/** The published keys of a well-known host, as lines of known_hosts; undefined for all others. */
export function publishedKnownHosts({ host, port }: Host): string | undefined {
  const keys = port === 22 ? PUBLISHED_HOST_KEYS[host] : undefined;
  return keys?.map((key) => `${host} ${key}\n`).join("");
}

/**
 * Which host keys Flux shall trust: the first source that is given, else the published keys of well-known hosts.
 * A source that does not name the host, or cannot be read, is a problem: Flux would say "knownhosts: key is unknown"
 * much later. No key is ever trusted on first use.
 * @param sources in the order of their precedence
 */
export function chooseKnownHosts(host: Host, sources: KnownHostsSource[]): KnownHosts | CredentialProblem {
  const given = sources.find(({ text }) => text !== undefined && text.trim() !== "");
  if (given?.text !== undefined) {
    const text = normaliseLines(given.text);
    const broken = unreadable(text);
    if (broken) return { ...broken, message: `${given.from}: ${broken.message}` };
    if (names(text, host)) return { kind: "knownHosts", text };
    const fault = namesOtherPort(text, host) ? "KnownHostsOfOtherPort" : "KnownHostsOfOtherHost";
    return missing(host, fault, `${given.from} has no key of ${knownHostsName(host)}`);
  }
  const text = publishedKnownHosts(host);
  return text
    ? { kind: "knownHosts", text }
    : missing(host, "KnownHostsMissing", `the host key of ${knownHostsName(host)} is not known`);
}

function missing(host: Host, fault: CredentialFault, what: string): CredentialProblem {
  const scan = `ssh-keyscan ${host.port === 22 ? "" : `-p ${host.port} `}${host.host}`;
  return {
    kind: "problem",
    reason: "KnownHostsMissing",
    fault,
    key: "known_hosts",
    message:
      `${what}: put the output of \`${scan}\` into spec.git.knownHosts or into key known_hosts of the Secret, ` +
      `but first compare the fingerprint (\`${scan} | ssh-keygen -lf -\`) with the one that the host's administrator gives, ` +
      "since whoever is in between could answer as well",
  };
}

/** What keeps the text from being read; the first such line with its number. */
function unreadable(text: string): CredentialProblem | undefined {
  const problem = { kind: "problem", reason: "CredentialInvalid", key: "known_hosts" } as const;
  if (encodedTwice(text, KEY_LINE)) {
    return {
      ...problem,
      fault: "EncodedTwice",
      message:
        "known_hosts is base64-encoded once too often: write its text as ssh-keyscan prints it (in a Secret under stringData, which encodes it once)",
    };
  }
  const line = brokenLine(text);
  return line === undefined ? undefined : { ...problem, fault: "KnownHostsGarbage", message: line };
}

/** A line of known_hosts, or of comments before it. */
const KEY_LINE = /^(\s*#|\S+ (ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA)/;

/** What the host goes by on any port: a key that was taken from the wrong one is the nearest mistake. */
function namesOtherPort(text: string, { host }: Host): boolean {
  const bare = knownHostsName({ host, port: 22 });
  if (names(text, { host, port: 22 })) return true;
  return hostNames(text).some((name) => name.startsWith(`[${bare}]:`));
}

/** The names that the text has keys of, as they are written; hashed ones are left out. */
export const hostNames = (text: string): string[] => [
  ...new Set(
    normaliseLines(text)
      .split("\n")
      .filter((line) => isEntry(line) && !line.startsWith("@revoked"))
      .flatMap((line) => fieldsOf(line).hosts.toLowerCase().split(","))
      .filter((name) => !name.startsWith("|")),
  ),
];

/** What is wrong with the first line that cannot be read, with its number. */
function brokenLine(text: string): string | undefined {
  const at = text.split("\n").findIndex((line) => isEntry(line) && keyOf(line) === undefined);
  return at < 0
    ? undefined
    : `line ${at + 1} of known_hosts cannot be read: it must be host, key type and key, as ssh-keyscan prints them`;
}

function names(text: string, host: Host): boolean {
  const wanted = knownHostsName(host);
  return text.split("\n").some((line) => {
    if (!isEntry(line) || line.startsWith("@revoked")) return false;
    return matchesHost(fieldsOf(line).hosts, wanted);
  });
}

const isEntry = (line: string): boolean => line.trim() !== "" && !line.trim().startsWith("#");

function fieldsOf(line: string): { hosts: string; key: string } {
  const parts = line.trim().split(/\s+/);
  if (parts[0]?.startsWith("@")) parts.shift();
  const [hosts = "", ...key] = parts;
  return { hosts, key: key.join(" ") };
}

const keyOf = (line: string): Buffer | undefined => publicBlob(fieldsOf(line).key);

/** Names may be hashed (`|1|salt|hash`), a list, patterns with * and ?, and negated with !. */
function matchesHost(hosts: string, wanted: string): boolean {
  if (hosts.startsWith("|1|")) {
    const [, , salt = "", hash = ""] = hosts.split("|");
    return createHmac("sha1", Buffer.from(salt, "base64")).update(wanted).digest("base64") === hash;
  }
  const patterns = hosts.toLowerCase().split(",");
  if (patterns.some((pattern) => pattern.startsWith("!") && matchesGlob(pattern.slice(1), wanted)))
    return false;
  return patterns.some((pattern) => matchesGlob(pattern, wanted));
}

/** * and ? without a regular expression: tenants write these lines, and backtracking could take for ever. */
function matchesGlob(pattern: string, text: string): boolean {
  let [p, t, star, resume] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || (pattern[p] === text[t] && pattern[p] !== "*"))) {
      p++;
      t++;
    } else if (pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
