import { durationMs, type Milliseconds } from "../api/duration.ts";
import { type EnvironmentDefaults, NO_DEFAULTS } from "../api/environment-defaults.ts";

/** Everything that the operator can be told. The command line makes it from flags and environment variables. */
export interface Settings {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Only ProjectGitOps objects of this namespace; absent: all. */
  readonly namespace?: string;
  readonly pollInterval: Milliseconds;
  readonly resyncInterval: Milliseconds;
  /** Most projects worked on at once. */
  readonly concurrency: number;
  /** `host:port` or `:port` for /metrics, /healthz and /readyz. */
  readonly listen: string;
  /** ClusterRole that every deployer is bound to, in its own namespace. */
  readonly deployerClusterRole: string;
  /** What holds for every environment, unless its spec asks for something stricter. */
  readonly environmentDefaults: EnvironmentDefaults;
  /** Hosts that repositories may be on, `host` or `host:port`, in lower case; absent: any. */
  readonly gitHosts?: readonly string[];
  /** Most calls of one git host's API in a minute, all projects together. */
  readonly hostCallsPerMinute: number;
  /** strict: a Namespace that holds projects and says nothing of what they may be allows none. */
  readonly tenancy: Tenancy;
  /** Act only while holding a Lease, so that a second replica can stand by. */
  readonly leaderElect: boolean;
  /** Namespace of that Lease. */
  readonly leaseNamespace: string;
  readonly logLevel: LogLevel;
  /** Settle everything once and end. */
  readonly once: boolean;
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const TENANCIES = ["default", "strict"] as const;
export type Tenancy = (typeof TENANCIES)[number];

export const DEFAULTS: Settings = {
  pollInterval: 5000,
  resyncInterval: 60_000,
  concurrency: 32,
  listen: ":8080",
  deployerClusterRole: "admin",
  environmentDefaults: NO_DEFAULTS,
  hostCallsPerMinute: 10,
  tenancy: "default",
  leaderElect: false,
  leaseNamespace: "projectgitops-system",
  logLevel: "info",
  once: false,
};

/** Without a successful poll for so long, an operator cannot be said to work: it is not ready, and `diagnose` says so. */
export const pollOverdueAfter = (pollInterval: Milliseconds): Milliseconds =>
  Math.max(30_000, 6 * pollInterval);

/** A setting that cannot be used: says which, and what it should look like. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Reads `5s`, `1m30s` and the like. @throws SettingsError naming the flag */
export function intervalSetting(flag: string, text: string): Milliseconds {
  const value = parse(text);
  if (value === undefined || value < 100)
    throw new SettingsError(
      `${flag}: ${text} is no duration of at least 100ms; write for example 5s or 1m30s`,
    );
  return value;
}

/** Reads a whole number of at least 1. @throws SettingsError naming the flag */
export function countSetting(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new SettingsError(`${flag}: ${text} is no whole number of at least 1`);
  return value;
}

/** Reads `github.com,git.acme.dev:2222`. @throws SettingsError */
export function hostsSetting(flag: string, text: string): string[] {
  const hosts = text
    .split(",")
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host !== "");
  const wrong = hosts.find((host) => !/^[a-z0-9._-]+(:[0-9]+)?$|^[0-9a-f:]+$/.test(host));
  if (wrong !== undefined || hosts.length === 0)
    throw new SettingsError(
      `${flag}: ${wrong ?? text} is no host; write for example github.com,git.acme.dev:2222, without https:// or a path`,
    );
  return hosts;
}

/** `:8080`, `127.0.0.1:9090`, `[::1]:0`. @throws SettingsError */
export function listenAddress(text: string): { hostname: string; port: number } {
  const at = text.lastIndexOf(":");
  const port = /^[0-9]+$/.test(text.slice(at + 1)) ? Number(text.slice(at + 1)) : Number.NaN;
  if (at < 0 || !(port <= 65_535))
    throw new SettingsError(`--listen: ${text} is no address; write for example :8080 or 127.0.0.1:8080`);
  const host = text.slice(0, at).replace(/^\[|\]$/g, "");
  return { hostname: host === "" ? "0.0.0.0" : host, port };
}

function parse(text: string): Milliseconds | undefined {
  try {
    return durationMs(text);
  } catch {
    return undefined;
  }
}
