import type { Deployment } from "kubernetes-types/apps/v1";
import type { Pod } from "kubernetes-types/core/v1";
import { type BunK8sClient, DEPLOYMENTS, K8sApiError } from "../../kube/index.ts";
import { CliError, EXIT } from "../errors.ts";
import { explain } from "../explain.ts";

/** One container whose log is read. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string | undefined;
}

/** Which Deployments to look for: in the whole cluster, and where that is not allowed, in `home`. */
interface Wanted {
  readonly what: string;
  readonly home: string;
  readonly labelSelector?: string;
  readonly names?: readonly string[];
}

export const OPERATOR: Wanted = {
  what: "the operator",
  home: "projectgitops-system",
  labelSelector: "app.kubernetes.io/name=projectgitops",
};

export const FLUX: Wanted = {
  what: "Flux",
  home: "flux-system",
  names: ["source-controller", "kustomize-controller", "helm-controller"],
};

/**
 * The pods of the Deployments that are wanted.
 * @throws CliError that names what it looked for, and the next command
 * @throws K8sApiError
 */
export async function sourcesOf(client: BunK8sClient, wanted: Wanted): Promise<LogSource[]> {
  const deployments = await allowed(wanted, "list Deployments", deploymentsOf(client, wanted));
  if (deployments.length === 0) throw noDeployment(wanted);
  const pods = await Promise.all(
    deployments.map(async (deployment) => {
      const namespace = deployment.metadata?.namespace ?? "";
      const labelSelector = Object.entries(deployment.spec?.selector.matchLabels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      const pods = allowed(
        wanted,
        `list pods in namespace ${namespace}`,
        client.listPods(namespace, { labelSelector }),
      );
      return (await pods).items;
    }),
  );
  const found = pods.flat();
  if (found.length === 0) throw noPods(wanted, deployments);
  return found.map(sourceOf);
}

async function deploymentsOf(
  client: BunK8sClient,
  { home, labelSelector, names }: Wanted,
): Promise<Deployment[]> {
  const options = labelSelector === undefined ? {} : { labelSelector };
  const list = await client.list(DEPLOYMENTS, options).catch((error: unknown) => {
    if (error instanceof K8sApiError && error.statusCode === 403)
      return client.list(DEPLOYMENTS, { ...options, namespace: home });
    throw error;
  });
  return list.items.filter(({ metadata }) => names === undefined || names.includes(metadata?.name ?? ""));
}

/** What is needed beside our own roles, which speak of projects only. */
async function allowed<T>({ home }: Wanted, what: string, asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof K8sApiError) || error.statusCode !== 403) throw error;
    const next = `ask an administrator for the right to list deployments and pods, and to get pods/log, in namespace ${home}`;
    throw await explain(what, error, next);
  }
}

const sourceOf = ({ metadata, spec }: Pod): LogSource => ({
  namespace: metadata?.namespace ?? "",
  pod: metadata?.name ?? "",
  // Beside a sidecar that was put in, the program itself stands first.
  container: spec?.containers[0]?.name,
});

const noDeployment = ({ what, labelSelector, names }: Wanted): CliError =>
  new CliError(`no Deployment of ${what} is there, so there is no pod to read a log of`, {
    details: [
      `looked in the cluster for ${names === undefined ? `the label ${labelSelector}` : names.join(", ")}`,
      "one that runs outside of the cluster logs to its own standard output: save it, and read it with --from",
    ],
    next: "projectgitops check",
    exitCode: EXIT.couldNotAsk,
  });

function noPods({ what }: Wanted, deployments: readonly Deployment[]): CliError {
  const names = deployments.map(({ metadata }) => `Deployment ${metadata?.namespace}/${metadata?.name}`);
  const [first] = deployments;
  return new CliError(`${what} has no pod, so there is no log`, {
    details: [`looked for the pods of ${names.join(", ")}`],
    next: `kubectl describe deployment ${first?.metadata?.name} -n ${first?.metadata?.namespace}`,
    exitCode: EXIT.couldNotAsk,
  });
}
