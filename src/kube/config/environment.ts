import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { ConfigError } from "../errors/config-error.ts";
import type { ClientConfig } from "./client-config.ts";
import { inClusterConfig, isInCluster } from "./in-cluster.ts";
import { configOfContext } from "./kubeconfig.ts";
import { mergeKubeconfigs, readKubeconfig } from "./kubeconfig-file.ts";

/**
 * In a Pod its ServiceAccount; else the files in KUBECONFIG, merged; else ~/.kube/config. Who names a context means
 * a kubeconfig. Throws ConfigError.
 */
export function configFromEnvironment(context?: string, env = process.env): ClientConfig {
  if (context === undefined && isInCluster(env)) return inClusterConfig(env);
  return configFromKubeconfig(undefined, context, env);
}

/**
 * The configuration of a kubeconfig file; without a path, that of KUBECONFIG or ~/.kube/config.
 * Files that KUBECONFIG lists and that do not exist are passed over, as kubectl does, unless none exists.
 */
export function configFromKubeconfig(path?: string, context?: string, env = process.env): ClientConfig {
  if (path !== undefined) return configOfContext(readKubeconfig(path), context);
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  const files = listed.length > 0 ? listed : [join(env["HOME"] ?? homedir(), ".kube", "config")];
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) {
    // Its own error names what a Pod without a token lacks.
    if (listed.length === 0 && env["KUBERNETES_SERVICE_HOST"] && context === undefined)
      return inClusterConfig(env);
    throw new ConfigError(
      listed.length > 0
        ? `none of the files in KUBECONFIG exists: ${files.join(", ")}`
        : `no kubeconfig: ${files.join("")} does not exist and KUBECONFIG is not set`,
    );
  }
  return configOfContext(mergeKubeconfigs(present.map(readKubeconfig)), context);
}
