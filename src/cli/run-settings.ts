import type { LogLevel, Settings, Tenancy } from "../runtime/settings.ts";
import { CliError } from "./errors.ts";
import { explain } from "./explain.ts";

/** Flags of `run` as they are typed, or stand in the environment. */
export interface RunFlags {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
  pollInterval: string;
  resyncInterval: string;
  concurrency: string;
  listen: string;
  deployerClusterRole: string;
  environmentDefaults?: string | undefined;
  gitHosts?: string | undefined;
  hostCalls: string;
  tenancy: Tenancy;
  leaderElect: string;
  leaseNamespace: string;
  logLevel: LogLevel;
  once: string;
}

/** @throws CliError that names the flag and how it should look */
export async function runSettings(flags: RunFlags): Promise<Settings> {
  const { countSetting, hostsSetting, intervalSetting, listenAddress } = await import(
    "../runtime/settings.ts"
  );
  const { environmentDefaultsSetting } = await import("../runtime/environment-defaults.ts");
  const { NO_DEFAULTS } = await import("../api/environment-defaults.ts");
  const { kubeconfig, context, namespace, listen, deployerClusterRole, gitHosts, tenancy, logLevel } = flags;
  try {
    listenAddress(listen);
    return {
      ...(kubeconfig ? { kubeconfig } : {}),
      ...(context ? { context } : {}),
      ...(namespace ? { namespace } : {}),
      pollInterval: intervalSetting("--poll-interval", flags.pollInterval),
      resyncInterval: intervalSetting("--resync-interval", flags.resyncInterval),
      concurrency: countSetting("--concurrency", flags.concurrency),
      listen,
      deployerClusterRole,
      environmentDefaults: flags.environmentDefaults
        ? environmentDefaultsSetting("--environment-defaults", flags.environmentDefaults)
        : NO_DEFAULTS,
      ...(gitHosts ? { gitHosts: hostsSetting("--git-hosts", gitHosts) } : {}),
      hostCallsPerMinute: countSetting("--host-calls", flags.hostCalls),
      tenancy,
      leaderElect: flags.leaderElect === "true",
      leaseNamespace: flags.leaseNamespace,
      logLevel,
      once: flags.once === "true",
    };
  } catch (error) {
    throw await cannotRun(error);
  }
}

/** Puts what was given wrongly (a setting, the kubeconfig) into the form of all errors. */
export async function cannotRun(error: unknown): Promise<CliError> {
  const { SettingsError } = await import("../runtime/settings.ts");
  if (error instanceof SettingsError)
    return new CliError(error.message, { next: "projectgitops run --help" });
  return explain("start the operator", error);
}
