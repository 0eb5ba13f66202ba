import type { Deployment } from "kubernetes-types/apps/v1";
import type { BunK8sClient } from "../../kube/index.ts";
import type { Finding } from "../finding.ts";

const CONTROLLERS = ["source-controller", "kustomize-controller"] as const;

/** Whether Flux runs, and whether its kustomize-controller keeps tenants apart: our confinement depends on it. */
export async function checkFlux(client: BunK8sClient): Promise<Finding[]> {
  const { DEPLOYMENTS } = await import("../../kube/index.ts");
  const found = await Promise.all(
    CONTROLLERS.map(async (name) => {
      const { items } = await client.list(DEPLOYMENTS, { fieldSelector: `metadata.name=${name}` });
      return items.length === 0
        ? [notInstalled(name)]
        : items.flatMap((deployment) => judge(name, deployment));
    }),
  );
  return found.flat();
}

const notInstalled = (name: string): Finding => ({
  id: "FluxNotInstalled",
  severity: "error",
  object: `Deployment ${name}`,
  what: "not found in any namespace",
  cause: "without it nothing is fetched from git or applied",
  fix: "flux install --components=source-controller,kustomize-controller",
});

function judge(name: (typeof CONTROLLERS)[number], deployment: Deployment): Finding[] {
  const object = `Deployment ${deployment.metadata?.namespace}/${name}`;
  const available = deployment.status?.availableReplicas ?? 0;
  const running: Finding =
    available > 0
      ? { id: "FluxRunning", severity: "info", object, what: `available (${image(deployment)})` }
      : {
          id: "FluxNotRunning",
          severity: "error",
          object,
          what: "no replica is available",
          fix: `kubectl describe deployment -n ${deployment.metadata?.namespace} ${name}`,
        };
  return name === "kustomize-controller" ? [running, lockDown(object, deployment)] : [running];
}

const image = (deployment: Deployment): string =>
  deployment.spec?.template.spec?.containers[0]?.image?.split("/").at(-1) ?? "no image";

function lockDown(object: string, deployment: Deployment): Finding {
  const args = deployment.spec?.template.spec?.containers[0]?.args ?? [];
  const missing = missingLockDown(args);
  if (missing.length === 0) {
    return { id: "FluxLockedDown", severity: "info", object, what: "keeps tenants in their namespaces" };
  }
  return {
    id: "FluxNotLockedDown",
    severity: "error",
    object,
    what: `runs without ${missing.join(" and ")}`,
    evidence: `args: ${args.join(" ")}`,
    cause: "a repository could reach into other namespaces, or deploy with kustomize-controller's own rights",
    fix: patchCommand(deployment, args, missing),
  };
}

/** The lock-down flags that are absent, as they should stand. Go's flag package takes a bare boolean flag as true. */
export function missingLockDown(args: readonly string[]): string[] {
  const value = (flag: string): string | undefined =>
    args.findLast((arg) => new RegExp(`^--?${flag}(=|$)`).test(arg))?.replace(/^[^=]*=?/, "");
  const noCrossNamespace = value("no-cross-namespace-refs");
  return [
    ...(noCrossNamespace === "" || noCrossNamespace === "true" ? [] : ["--no-cross-namespace-refs=true"]),
    ...(value("default-service-account") ? [] : ["--default-service-account=default"]),
  ];
}

/** The last of two equal flags counts, so adding at the end is right also where one says false. */
function patchCommand({ metadata }: Deployment, args: readonly string[], missing: readonly string[]): string {
  const path = "/spec/template/spec/containers/0/args";
  const patch =
    args.length === 0
      ? [{ op: "add", path, value: missing }]
      : missing.map((value) => ({ op: "add", path: `${path}/-`, value }));
  return `kubectl patch deployment ${metadata?.name} -n ${metadata?.namespace} --type json -p '${JSON.stringify(patch)}'`;
}
