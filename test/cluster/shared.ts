import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, startCluster } from "./control-plane.ts";

/** Path of a JSON file that describes a running control plane to the processes of one test run. */
const HANDED_OVER = "PROJECTGITOPS_TEST_CLUSTER";

// bun test loads modules anew for each file, in one process.
const KEY = Symbol.for("projectgitops.test.cluster");

/**
 * The control plane of this test run: the one that scripts/test.ts started, or, when a test file is run alone,
 * one that starts at the first call and ends with the process. Tests share it: use fresh names, and start your
 * own (`startCluster`) to stop or break it.
 */
export function sharedCluster(): Promise<Cluster> {
  const global = globalThis as { [KEY]?: Promise<Cluster> };
  global[KEY] ??= handedOver() ?? startCluster();
  return global[KEY];
}

/** Environment that hands a cluster to a child process's `sharedCluster`. */
export function handOver(cluster: Cluster): Record<string, string> {
  const { server, kubeconfigPath, caPem, certs, folder, auditLog } = cluster;
  const path = join(folder, "cluster.json");
  writeFileSync(path, JSON.stringify({ server, kubeconfigPath, caPem, certs, folder, auditLog }));
  return { [HANDED_OVER]: path };
}

function handedOver(): Promise<Cluster> | undefined {
  const path = process.env[HANDED_OVER];
  return path ? Promise.resolve(JSON.parse(readFileSync(path, "utf8")) as Cluster) : undefined;
}
