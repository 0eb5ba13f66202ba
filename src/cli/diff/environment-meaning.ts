import type { Environment, GitRef, ProjectGitOpsSpec } from "../../api/schema.ts";
import { environmentDeletionPolicy, environmentPath, environmentRef } from "../../plan/index.ts";

/** What a change of one environment means for what runs in it. Pure. */
export function changeOfEnvironment(
  oldSpec: ProjectGitOpsSpec,
  old: Environment,
  spec: ProjectGitOpsSpec,
  environment: Environment,
): string[] {
  return [
    ...delivery(old, environment),
    ...source(environmentRef(oldSpec, old), environmentRef(spec, environment)),
    ...path(old, environment),
    ...target(old, environment),
    ...keeping(old, environment),
    ...policy(environmentDeletionPolicy(oldSpec, old), environmentDeletionPolicy(spec, environment)),
    ...limits(old, environment),
    ...suspension(old, environment),
  ].map((line) => `environment ${environment.name} ${line}`);
}

function delivery(old: Environment, { delivery, prune }: Environment): string[] {
  if ((old.delivery === undefined) === (delivery === undefined)) return [];
  const [from, to] = delivery ? ["Kustomization", "HelmRelease"] : ["HelmRelease", "Kustomization"];
  const first =
    from === "HelmRelease" || prune ? "what it deployed is removed first" : "what it deployed stays";
  return [`is delivered by a ${to} instead of a ${from}: ${first}`];
}

function source(from: GitRef, to: GitRef): string[] {
  return refText(from) === refText(to) ? [] : [`deploys ${refText(to)} instead of ${refText(from)}`];
}

const refText = (ref: GitRef): string =>
  Object.entries(ref)
    .map(([kind, value]) => `${kind} ${value}`)
    .join(" ");

function path(old: Environment, environment: Environment): string[] {
  if (old.delivery || environment.delivery) return [];
  const [from, to] = [environmentPath(old), environmentPath(environment)];
  if (from === to) return [];
  const rest = environment.prune ? "; what is only in the old folder is deleted" : "";
  return [`deploys ${to} instead of ${from}${rest}`];
}

function target(old: Environment, { targetNamespace }: Environment): string[] {
  if (old.targetNamespace === targetNamespace) return [];
  return targetNamespace
    ? ["deploys everything into its own namespace: what stands in others is deployed anew there"]
    : ["leaves the namespaces in the manifests as they are"];
}

function keeping(old: Environment, environment: Environment): string[] {
  const lines: string[] = [];
  if (old.protected !== environment.protected) {
    lines.push(environment.protected ? "is protected from now on" : "is no longer protected");
  }
  if (old.prune !== environment.prune) {
    lines.push(
      environment.prune
        ? "is pruned from now on: what has left the repository is deleted"
        : "is no longer pruned: what leaves the repository stays",
    );
  }
  if (environment.force && !old.force) {
    lines.push("deletes and makes anew what cannot be changed in place");
  }
  return lines;
}

function policy(from: string, to: string): string[] {
  if (from === to) return [];
  return [to === "Orphan" ? "stays in place when it is removed" : "is deleted when it is removed"];
}

const LIMITS = ["resourceQuota", "limitRange", "networkPolicy"] as const;

/** How strict the operator's defaults are is not known here. */
const limits = (old: Environment, environment: Environment): string[] =>
  LIMITS.filter((field) => !Bun.deepEquals(old[field], environment[field])).map(
    (field) => `is held to another ${field}, or to the operator's default where that is stricter`,
  );

function suspension(old: Environment, { suspend }: Environment): string[] {
  if (old.suspend === suspend) return [];
  return [suspend ? "is suspended: Flux leaves it as it is" : "is resumed: Flux applies it again"];
}
