import { celString, matches, matchesNot, type Rule } from "./rules.ts";

/** Longest URL that is accepted; CEL's cost estimate needs a maximum. */
export const GIT_URL_MAX = 1024;

const USER = "[A-Za-z0-9_][A-Za-z0-9._~+%-]*";
const HOST = "[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?";
const URL_HOST = `(${HOST}|\\[[0-9A-Fa-f:.]+\\])`;
/** A user with a password is let through here: the rule on passwords speaks then. */
const AUTHORITY = `^(https|ssh)://(${USER}@|[^/@]*:[^/@]*@)?${URL_HOST}(:[0-9]{1,5})?(/|$)`;

/** What may stand in spec.git.url; the first rule that is broken speaks. Admission and operator use the same words. */
export const GIT_URL_RULES: Rule<string>[] = [
  matchesNot("[\\s\\x00-\\x1f\\x7f]", "must not contain spaces or control characters"),
  matchesNot(
    "^http://",
    "http sends code and credentials unencrypted: write https://, or ssh://git@host/owner/repo.git",
  ),
  matchesNot(
    "^git://",
    "git:// is unencrypted and unsigned: write https://, or ssh://git@host/owner/repo.git",
  ),
  matchesNot(
    "^[A-Za-z][A-Za-z0-9+.-]*://[^/@]*:[^/@]*@",
    "must not contain a password: put username and password into the Secret that git.credential.secretRef names",
  ),
  matchesNot(
    "^https://(gh[pousr]_|github_pat_|glpat-|[0-9a-f]{40}@)",
    "must not contain a token: put it into the Secret that git.credential.secretRef names (bearerToken, or username and password)",
  ),
  matchesNot(
    "^[^/@:]+@[^/:]+:[0-9]+(/|$)",
    "git reads this number as a folder, and it is nearly always meant as a port: write ssh://git@host:2222/owner/repo.git (or ssh://git@host/2222/repo.git if it is a folder)",
  ),
  matches(
    `^(https?://|ssh://|git://|${USER}@${HOST}:)`,
    "must begin with https:// or ssh://, or have the form git@host:owner/repo.git",
  ),
  {
    cel: `!self.matches(${celString("^(https|ssh)://")}) || self.matches(${celString(AUTHORITY)})`,
    message:
      "the user, host or port cannot be read: write ssh://git@host:22/owner/repo.git or https://host/owner/repo.git",
    holds: (url) => !/^(https|ssh):\/\//.test(url) || new RegExp(AUTHORITY).test(url),
  },
  matchesNot(
    "^(https|ssh)://[^/]*:(0+|[7-9][0-9]{4}|6[6-9][0-9]{3}|65[6-9][0-9]{2}|655[4-9][0-9]|6553[6-9])(/|$)",
    "the port must be between 1 and 65535",
  ),
  matchesNot("[?#]", "must not carry a query or a fragment: write the branch or tag in git.ref"),
  matches(
    "^([a-z]+://[^/]+/+[^/]|[^/:]+@[^/:]+:/*[^/])",
    "must name a repository after the host, such as https://host/owner/repo.git",
  ),
];

export interface GitUrl {
  kind: "ok";
  /** In the form that Flux accepts: https://… or ssh://…; user, port and ~ paths kept, the host in lower case. */
  url: string;
  transport: "https" | "ssh";
  user: string | undefined;
  /** In lower case; IPv6 without brackets. */
  host: string;
  /** The port that is dialled, also when the URL leaves it out. */
  port: number;
}

export interface GitUrlRefused {
  kind: "refused";
  message: string;
}

/**
 * Reads a repository URL as people write it and gives the one that Flux accepts.
 * `git@host:owner/repo.git` becomes `ssh://git@host/owner/repo.git`: Flux knows no scp-like form, and git hosting
 * services take both for the same repository (a plain sshd reads the first relative to the home folder; there write
 * `git@host:~/repo.git`, which is kept).
 */
export function parseGitUrl(text: string): GitUrl | GitUrlRefused {
  if (text.length > GIT_URL_MAX)
    return { kind: "refused", message: `must have at most ${GIT_URL_MAX} characters` };
  const broken = GIT_URL_RULES.find((rule) => rule.holds?.(text) === false);
  if (broken) return { kind: "refused", message: broken.message };
  const match = FULL.exec(text) ?? SCP.exec(text);
  if (!match?.groups) return { kind: "refused", message: "cannot be read as a repository URL" };
  const { scheme, user, host: writtenHost = "", port: writtenPort, path = "" } = match.groups;
  const transport = scheme === "https" ? "https" : "ssh";
  const host = writtenHost.toLowerCase();
  const authority = `${user ? `${user}@` : ""}${host}${writtenPort ? `:${writtenPort}` : ""}`;
  return {
    kind: "ok",
    url: `${transport}://${authority}/${path.replace(/^\/+/, "")}`,
    transport,
    user,
    host: host.replace(/^\[|\]$/g, ""),
    port: writtenPort ? Number(writtenPort) : DEFAULT_PORT[transport],
  };
}

/** The name under which known_hosts knows a host: `host`, or `[host]:port` for another port than 22. */
export const knownHostsName = ({ host, port }: Pick<GitUrl, "host" | "port">): string =>
  port === DEFAULT_PORT.ssh ? host : `[${host}]:${port}`;

/** How annotations name a host: `git.example.com`, or `git.example.com:2222` for another port than usual. */
export const gitHostOf = ({ host, port, transport }: Pick<GitUrl, "host" | "port" | "transport">): string =>
  port === DEFAULT_PORT[transport] ? host : `${host}:${port}`;

const DEFAULT_PORT = { https: 443, ssh: 22 } as const;
const FULL =
  /^(?<scheme>https|ssh):\/\/((?<user>[^@/]+)@)?(?<host>\[[^\]]+\]|[^:/]+)(:(?<port>[0-9]+))?\/(?<path>.+)$/;
const SCP = /^(?<user>[^@/:]+)@(?<host>[^:/]+):(?<path>.+)$/;
