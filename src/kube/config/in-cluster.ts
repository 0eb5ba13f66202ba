import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors/config-error.ts";
import type { ClientConfig } from "./client-config.ts";

/** Where the kubelet puts a Pod's ServiceAccount files. */
export const SERVICE_ACCOUNT_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount";

/** True in a Pod that has a ServiceAccount token. */
export function isInCluster(env = process.env, directory = SERVICE_ACCOUNT_DIRECTORY): boolean {
  return hasServiceAddress(env) && existsSync(join(directory, "token"));
}

/**
 * The configuration of a Pod: address from KUBERNETES_SERVICE_HOST and _PORT, token, CA and namespace from files.
 * Source: Kubernetes docs, "Accessing the API from a Pod". Throws ConfigError outside a Pod.
 */
export function inClusterConfig(env = process.env, directory = SERVICE_ACCOUNT_DIRECTORY): ClientConfig {
  if (!hasServiceAddress(env)) {
    throw new ConfigError(
      "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set",
    );
  }
  const tokenFile = join(directory, "token");
  if (!existsSync(tokenFile)) {
    throw new ConfigError(
      `no ServiceAccount token at ${tokenFile}: set automountServiceAccountToken: true on the Pod`,
    );
  }
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const namespaceFile = join(directory, "namespace");
  return {
    server: `https://${host.includes(":") ? `[${host}]` : host}:${env["KUBERNETES_SERVICE_PORT"]}`,
    caFile: join(directory, "ca.crt"),
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, "utf8").trim() : "default",
    credential: { tokenFile },
  };
}

function hasServiceAddress(env: typeof process.env): boolean {
  return Boolean(env["KUBERNETES_SERVICE_HOST"] && env["KUBERNETES_SERVICE_PORT"]);
}
