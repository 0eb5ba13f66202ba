import type { Deployment } from "kubernetes-types/apps/v1";
import { FLUX_NOT_LOCKED_DOWN } from "../catalogue/installation-flux.ts";
import { found } from "../finding-kind.ts";
import { fine, type Judgement } from "./judged.ts";

/** Whether a controller that applies keeps tenants apart: our confinement depends on it. Pure. */
export function lockDown(object: string, deployment: Deployment): Judgement {
  const args = deployment.spec?.template.spec?.containers[0]?.args ?? [];
  const missing = missingLockDown(args);
  if (missing.length === 0) return fine("FluxLockedDown", object, "keeps tenants in their namespaces");
  return found(FLUX_NOT_LOCKED_DOWN, {
    object,
    what: `Flux does not keep projects apart: ${deployment.metadata?.name} runs without ${missing.join(" and ")}`,
    evidence: `args: ${args.join(" ")}`,
    cause: "a repository could reach into other namespaces, or deploy with the controller's own rights",
    fix: patchCommand(deployment, args, missing),
  });
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
