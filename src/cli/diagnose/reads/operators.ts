import type { Deployment } from "kubernetes-types/apps/v1";
import type { Lease } from "kubernetes-types/coordination/v1";
import type { Container } from "kubernetes-types/core/v1";
import { parseDuration } from "../../../api/duration.ts";
import { FIELD_MANAGER } from "../../../api/names.ts";
import { DEPLOYMENTS, LEASES } from "../../../kube/index.ts";
import { leaseName } from "../../../runtime/lease.ts";
import { DEFAULTS } from "../../../runtime/settings.ts";
import type { Look } from "../look.ts";

/** An operator as its Deployment says that it runs. */
export interface OperatorDeployment {
  readonly deployment: Deployment;
  readonly namespace: string;
  readonly name: string;
  /** `Deployment projectgitops-system/projectgitops`. */
  readonly object: string;
  readonly serviceAccount: string;
  readonly settings: OperatorSettings;
}

/** Those settings of `run` that a diagnosis depends on. */
export interface OperatorSettings {
  /** The only namespace that it looks at; undefined: all. */
  readonly scope: string | undefined;
  readonly leaderElect: boolean;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Milliseconds. */
  readonly pollInterval: number;
  readonly deployerClusterRole: string;
  /** Undefined: not limited for repositories, and the well-known ones for what the operator calls itself. */
  readonly gitHosts: readonly string[] | undefined;
}

/** Every installation labels its Deployment so. */
export const OPERATOR_SELECTOR = `app.kubernetes.io/name=${FIELD_MANAGER}`;

/** Every operator that is installed in the cluster; undefined where this person may not look. */
export function operatorDeployments(look: Look): Promise<OperatorDeployment[] | undefined> {
  return look.once("operators", async () => {
    return (await look.list(DEPLOYMENTS, { labelSelector: OPERATOR_SELECTOR }))?.map(operatorOf);
  });
}

/** The Leases that operators have taken; undefined where this person may not look at all that may hold one. */
export function operatorLeases(look: Look): Promise<Lease[] | undefined> {
  return look.once("operators' leases", async () => {
    const deployments = (await operatorDeployments(look)) ?? [];
    const namespaces = new Set([
      DEFAULTS.leaseNamespace,
      ...deployments.map(({ settings }) => settings.lease.namespace),
    ]);
    const lists = await Promise.all([...namespaces].map((namespace) => look.list(LEASES, { namespace })));
    if (lists.includes(undefined)) return undefined;
    return lists
      .flatMap((leases) => leases ?? [])
      .filter(({ metadata }) => isOperatorLease(metadata?.name ?? ""));
  });
}

/** By its name, which carries the scope. */
export const isOperatorLease = (name: string): boolean =>
  name === FIELD_MANAGER || name.startsWith(`${FIELD_MANAGER}-`);

/** Pure. */
export function operatorOf(deployment: Deployment): OperatorDeployment {
  const { namespace = "", name = "" } = deployment.metadata ?? {};
  const pod = deployment.spec?.template.spec;
  const container = pod?.containers.find(({ args }) => args?.includes("run")) ?? pod?.containers[0];
  return {
    deployment,
    namespace,
    name,
    object: `Deployment ${namespace}/${name}`,
    serviceAccount: pod?.serviceAccountName ?? "default",
    settings: settingsOf(container),
  };
}

/** As far as flags and environment say so; all else has its default. Pure. */
export function settingsOf(container: Pick<Container, "args" | "env"> | undefined): OperatorSettings {
  const scope = settingOf(container, "namespace") || undefined;
  return {
    scope,
    leaderElect: settingOf(container, "leader-elect", "true") === "true",
    lease: {
      namespace: settingOf(container, "lease-namespace") || DEFAULTS.leaseNamespace,
      name: leaseName(scope),
    },
    pollInterval: parseDuration(settingOf(container, "poll-interval") ?? "") ?? DEFAULTS.pollInterval,
    deployerClusterRole: settingOf(container, "deployer-cluster-role") || DEFAULTS.deployerClusterRole,
    gitHosts: settingOf(container, "git-hosts")
      ?.split(",")
      .map((host) => host.trim()),
  };
}

/** A flag goes before its environment variable. @param bare what the flag says without a value */
function settingOf(
  container: Pick<Container, "args" | "env"> | undefined,
  name: string,
  bare?: string,
): string | undefined {
  const args = container?.args ?? [];
  const at = args.findLastIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
  const flag = args[at];
  if (flag !== undefined) {
    if (flag.includes("=")) return flag.slice(flag.indexOf("=") + 1);
    const next = args[at + 1];
    return next === undefined || next.startsWith("--") ? bare : next;
  }
  const variable = `PROJECTGITOPS_${name.toUpperCase().replaceAll("-", "_")}`;
  return container?.env?.find((one) => one.name === variable)?.value;
}
