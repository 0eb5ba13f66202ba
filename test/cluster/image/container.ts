import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "kubernetes-types/apps/v1";
import type { Container, PodSpec } from "kubernetes-types/core/v1";
import { Daemon, freePort } from "../daemon.ts";
import { scratchFolder } from "../janitor.ts";
import type { OperatorIdentity } from "../operator-identity.ts";
import type { BuiltImage } from "./build.ts";

/** An operator's container, run as the kubelet would run the Deployment's. */
export interface OperatorContainer {
  /** http://127.0.0.1:port of /metrics, /healthz and /readyz. */
  address: string;
  output(): string;
  metrics(): Promise<string>;
  /** What the kernel says of its first process: /proc/PID/status, by name. */
  kernelStatus(): Promise<Map<string, string>>;
  /** Mount point to mount options, as the kernel has them. */
  mounts(): Promise<Map<string, string>>;
  /** Paths that differ from the image's. */
  changes(): Promise<string[]>;
  /** SIGTERM; resolves to the exit code. SIGKILL after the Deployment's grace period. */
  stop(): Promise<number>;
  remove(): Promise<void>;
}

/** Where a Pod finds its ServiceAccount. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Seconds after which it is killed, should this process die without a word. */
const LONGEST = 600;

/**
 * Runs the image with the arguments and the security context of an installed Deployment, and nothing but in-cluster
 * configuration; waits for /readyz. The network is the machine's, for the test's API server listens on 127.0.0.1.
 */
export async function startContainer(
  { store, name }: BuiltImage,
  deployment: Deployment,
  identity: OperatorIdentity,
): Promise<OperatorContainer> {
  const container = `operator-${crypto.randomUUID().slice(0, 8)}`;
  const address = `127.0.0.1:${await freePort()}`;
  const pod = deployment.spec?.template.spec as PodSpec;
  readable(identity.serviceAccountFolder);
  // The arguments are the Deployment's own; only the port is another, so that tests do not meet on it.
  const environment = { ...identity.serviceEnvironment, PROJECTGITOPS_LISTEN: address };
  const command = store.podmanCommand([
    ...["run", "--name", container, "--pull", "never", "--network", "host", "--timeout", String(LONGEST)],
    ...["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--log-driver", "none"],
    ...["--volume", `${identity.serviceAccountFolder}:${ACCOUNT}:ro`],
    ...Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
    ...securityOf(pod),
    name,
    ...(operatorOf(pod).args ?? []),
  ]);
  const daemon = await Daemon.start({
    name: "the operator's container",
    command,
    log: join(scratchFolder("container"), "log"),
    ready: async () => (await fetch(`http://${address}/readyz`)).ok,
    readyWithin: 30_000,
  });
  const proc = async (file: string) => {
    const pid = await store.podman(["inspect", "--format", "{{.State.Pid}}", container]);
    return readFileSync(`/proc/${pid.trim()}/${file}`, "utf8").trim().split("\n");
  };
  return {
    address: `http://${address}`,
    output: () => daemon.output(),
    metrics: async () => (await fetch(`http://${address}/metrics`)).text(),
    kernelStatus: async () =>
      new Map((await proc("status")).map((line) => line.split(":\t") as [string, string])),
    mounts: async () =>
      new Map(
        (await proc("mounts"))
          .map((line) => line.split(" ").slice(1, 4))
          .map(([at = "", , how = ""]) => [at, how]),
      ),
    changes: async () => (await store.podman(["diff", container])).trim().split("\n").filter(Boolean),
    stop: () => daemon.stop((pod.terminationGracePeriodSeconds ?? 30) * 1000),
    remove: async () => {
      await store.podman(["rm", "--force", "--time", "0", container]);
    },
  };
}

/** podman's flags for what the Deployment says. @throws Error for a Pod that says less than it should */
function securityOf(pod: PodSpec): string[] {
  const { runAsUser, runAsGroup, runAsNonRoot, seccompProfile } = pod.securityContext ?? {};
  const { readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } =
    operatorOf(pod).securityContext ?? {};
  const flags = [
    runAsNonRoot && runAsUser !== undefined && ["--user", `${runAsUser}:${runAsGroup}`],
    // Nothing is writable, not even /tmp: the Deployment mounts no emptyDir.
    readOnlyRootFilesystem && ["--read-only", "--read-only-tmpfs=false"],
    allowPrivilegeEscalation === false && ["--security-opt", "no-new-privileges"],
    capabilities?.drop?.includes("ALL") && ["--cap-drop", "ALL"],
    // podman's own default profile is what a kubelet calls RuntimeDefault.
    seccompProfile?.type === "RuntimeDefault" && [],
  ];
  return flags.flatMap((each) => {
    if (!each) throw new Error("the Deployment's security context is not what deploy/deployment.yaml says");
    return each;
  });
}

function operatorOf({ containers }: PodSpec): Container {
  const [operator] = containers;
  if (operator === undefined) throw new Error("the Deployment has no container");
  return operator;
}

/** The kubelet gives the files to the Pod's user; here everyone may read them, in a folder that only we reach. */
function readable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
}
