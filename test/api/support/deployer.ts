import { join } from "node:path";
import { deployerName } from "../../../src/api/names.ts";
import { BunK8sClient, K8sApiError, type KubeObject, PODS } from "../../../src/kube/index.ts";
import type { Scope } from "./scope.ts";

/** A client with a fresh token of the project's deployer: what a tenant can do by pushing. */
export async function deployerClient(
  { admin, cluster }: Scope,
  projectId: string,
  environment: string,
): Promise<BunK8sClient> {
  const namespace = `project-${projectId}-${environment}`;
  const { token } = await admin.createToken(namespace, deployerName(projectId));
  return new BunK8sClient(
    { server: cluster.server, caFile: join(cluster.certs, "ca.crt"), credential: { token } },
    { fieldManager: "tenant" },
  );
}

/** Creates a Pod with this container. @returns undefined, or the API server's words of refusal */
export function podRefused(
  client: BunK8sClient,
  namespace: string,
  container: object = {},
): Promise<string | undefined> {
  const name = `pod-${crypto.randomUUID().slice(0, 8)}`;
  const containers = [{ name: "main", image: "registry.example.com/app:1", ...container }];
  const body = { metadata: { namespace, name }, spec: { containers } } as unknown as KubeObject;
  return refused(client.create(PODS, body as never));
}

/** The API server's words where it says 403. */
export async function refused(asking: Promise<unknown>): Promise<string | undefined> {
  try {
    await asking;
    return undefined;
  } catch (error) {
    if (error instanceof K8sApiError && error.statusCode === 403) return error.serverMessage;
    throw error;
  }
}
