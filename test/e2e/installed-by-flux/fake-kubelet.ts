import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { Container } from "kubernetes-types/core/v1";
import { type BunK8sClient, DEPLOYMENTS } from "../../../src/kube/index.ts";
import { adminCall, type Cluster, Daemon, freePort, run, say, scratchFolder } from "../../cluster/index.ts";

/** The entry point of the image that the Dockerfile builds, run from the sources. */
const ENTRYPOINT = [process.execPath, join(import.meta.dir, "..", "..", "..", "src", "main.ts")];

/** The process of a Deployment's one Pod. */
export interface FakePod {
  /** http://127.0.0.1:port, the Pod's address. */
  address: string;
  output(): string;
  /** SIGTERM, and SIGKILL after the Pod's grace period; resolves to the exit code. */
  stop(): Promise<number>;
}

/**
 * The one fake of this test: no pods run in the test cluster, so this stands in for the kubelet and the Deployment
 * controller. It reads the Deployment as it is installed, starts the program with its arguments, its environment
 * and a token of its ServiceAccount where a Pod has it, asks its readiness probe, and then writes the Deployment's
 * status. Only the port differs: a Pod has a network of its own.
 * @param env stronger than what the Deployment says
 */
export async function fakeKubeletRuns(
  cluster: Cluster,
  admin: BunK8sClient,
  ref: { namespace: string; name: string },
  env: Record<string, string> = {},
): Promise<FakePod> {
  const deployment = await admin.get(DEPLOYMENTS, ref);
  const pod = deployment.spec?.template.spec;
  const container = pod?.containers[0];
  if (!pod || !container) throw new Error(`Deployment ${ref.name} has no container`);
  const volume = await serviceAccountVolume(cluster, ref.namespace, pod.serviceAccountName ?? "default");
  const host = `127.0.0.1:${await freePort()}`;
  const mount = await mountArguments(volume);
  const daemon = await Daemon.start({
    name: ref.name,
    command: [...mount, ...(container.command ?? ENTRYPOINT), ...(container.args ?? [])],
    env: {
      ...serviceEnvironment(cluster),
      ...containerEnvironment(container),
      ...(mount.length === 0 ? { KUBECONFIG: volume.kubeconfig } : {}),
      PROJECTGITOPS_LISTEN: host,
      ...env,
    },
    log: join(scratchFolder("pod"), "log"),
    ready: async () =>
      (await fetch(`http://${host}${container.readinessProbe?.httpGet?.path ?? "/no-probe"}`)).ok,
    readyWithin: 30_000,
  });
  await admin.patch(
    DEPLOYMENTS,
    ref,
    { status: availableStatus(deployment) },
    { type: "merge", subresource: "status" },
  );
  return {
    address: `http://${host}`,
    output: () => daemon.output(),
    stop: () => daemon.stop((pod.terminationGracePeriodSeconds ?? 30) * 1000),
  };
}

const containerEnvironment = ({ env = [] }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value = "" }) => [name, value]));

function serviceEnvironment(cluster: Cluster): Record<string, string> {
  const { hostname, port } = new URL(cluster.server);
  return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
}

interface Volume {
  folder: string;
  /** The same identity as a kubeconfig. */
  kubeconfig: string;
}

/** The files that the kubelet projects into a Pod: token, ca.crt, namespace. */
async function serviceAccountVolume(cluster: Cluster, namespace: string, account: string): Promise<Volume> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { status } = await adminCall<{ status: { token: string } }>(cluster, "POST", path, {
    spec: { expirationSeconds: 3600 },
  });
  const scratch = scratchFolder("service-account");
  const folder = join(scratch, "volume");
  mkdirSync(folder);
  writeFileSync(join(folder, "token"), status.token, { mode: 0o600 });
  writeFileSync(join(folder, "ca.crt"), cluster.caPem);
  writeFileSync(join(folder, "namespace"), namespace);
  const kubeconfig = join(scratch, "kubeconfig");
  const server = { server: cluster.server, "certificate-authority": join(folder, "ca.crt") };
  const config = {
    clusters: [{ name: "test", cluster: server }],
    users: [{ name: account, user: { tokenFile: join(folder, "token") } }],
    contexts: [{ name: "test", context: { cluster: "test", user: account } }],
    "current-context": "test",
  };
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  return { folder, kubeconfig };
}

const MOUNT = `
set -e
mount -t tmpfs tmpfs "$(readlink -f /var/run)"
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
mount --bind "$1" /var/run/secrets/kubernetes.io/serviceaccount
shift
exec "$@"
`;

/**
 * Command in front of the program that mounts the volume where a Pod has it, in a mount namespace of its own.
 * Empty where this machine does not allow that: then the program gets the same identity as a kubeconfig.
 */
async function mountArguments({ folder }: Volume): Promise<string[]> {
  const mount = ["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNT, "mount", folder];
  if (process.platform === "linux" && Bun.which("unshare") && (await run([...mount, "true"])).code === 0)
    return mount;
  say("this machine allows no mount namespace: the operator gets its token in a kubeconfig");
  return [];
}

/** What the Deployment controller writes when the one Pod is ready. */
export function availableStatus({ metadata }: Deployment): Deployment["status"] {
  return {
    observedGeneration: metadata?.generation ?? 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    conditions: [
      { type: "Available", status: "True", reason: "MinimumReplicasAvailable", message: "one is ready" },
      { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message: "rolled out" },
    ],
  };
}
