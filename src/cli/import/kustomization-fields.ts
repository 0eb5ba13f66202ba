import type { Kustomization } from "./flux-objects.ts";

/** An environment of the manifest, and what of the Kustomization it cannot say. */
export interface Carried {
  fields: Record<string, unknown>;
  misfits: string[];
}

/**
 * What a Kustomization does, as fields of an environment; those that say the default are left out. Pure.
 * @param environments by key of their Kustomization, for dependsOn
 */
export function carryKustomization(
  kustomization: Kustomization,
  about: {
    projectId: string;
    environment: string;
    namespace: string;
    environments: ReadonlyMap<string, string>;
  },
): Carried {
  const { spec } = kustomization;
  const misfits: string[] = [];
  const path = spec.path ?? "./";
  // Flux takes the interval where no timeout is given.
  const timeout = spec.timeout ?? spec.interval;
  const fields = {
    ...(target(spec.targetNamespace, about.namespace, misfits) ? {} : { targetNamespace: false }),
    ...(path === `./k8s/overlays/${about.environment}` ? {} : { path }),
    ...(spec.interval === "5m" || spec.interval === "5m0s" ? {} : { interval: short(spec.interval) }),
    ...(spec.retryInterval ? { retryInterval: short(spec.retryInterval) } : {}),
    ...(timeout === "3m" || timeout === "3m0s" ? {} : { timeout: short(timeout) }),
    ...(spec.prune === true ? {} : { prune: false }),
    ...(spec.wait === true || spec.healthChecks ? {} : { wait: false }),
    ...healthChecks(kustomization, about.namespace, misfits),
    ...dependsOn(kustomization, about.environments, misfits),
    ...(spec.force ? { force: true } : {}),
    ...postBuild(kustomization, about, misfits),
    ...(spec.patches ? { patches: spec.patches } : {}),
    ...(spec.images ? { images: spec.images } : {}),
    ...(spec.decryption ? { decryption: spec.decryption } : {}),
    ...(spec.suspend ? { suspend: true } : {}),
  };
  return { fields, misfits };
}

/** Fields of the spec that an environment has no word for. */
export const unmodelled = (
  { spec }: { spec: Record<string, unknown> },
  modelled: ReadonlySet<string>,
): string[] => Object.keys(spec).filter((field) => !modelled.has(field));

export const KUSTOMIZATION_FIELDS: ReadonlySet<string> = new Set([
  ...["sourceRef", "interval", "path", "timeout", "retryInterval", "prune", "wait", "force", "suspend"],
  ...["targetNamespace", "serviceAccountName", "dependsOn", "healthChecks", "postBuild", "patches", "images"],
  "decryption",
]);

export const GIT_REPOSITORY_FIELDS: ReadonlySet<string> = new Set([
  ...["url", "ref", "interval", "secretRef", "timeout", "provider", "suspend"],
]);

/** Flux writes 1m0s where people write 1m. */
export const short = (duration: string): string =>
  duration.replace(/(?<=[hm])0s$/, "").replace(/(?<=h)0m$/, "");

/** @returns whether everything goes into the environment's own namespace */
function target(targetNamespace: string | undefined, namespace: string, misfits: string[]): boolean {
  if (targetNamespace === undefined) return false;
  if (targetNamespace !== namespace) {
    misfits.push(`targetNamespace ${targetNamespace} is not the environment's namespace ${namespace}`);
  }
  return true;
}

function healthChecks({ spec }: Kustomization, home: string, misfits: string[]) {
  if (spec.healthChecks === undefined) return {};
  const [own, others] = [
    spec.healthChecks.filter(({ namespace }) => namespace === home),
    spec.healthChecks.filter(({ namespace }) => namespace !== home),
  ];
  for (const { kind, namespace, name } of others) {
    misfits.push(`the health check of ${kind} ${namespace}/${name} is outside the environment's namespace`);
  }
  if (own.length === 0) return { wait: false };
  return { healthChecks: own.map(({ namespace: _, ...check }) => check) };
}

function dependsOn(
  { spec, metadata }: Kustomization,
  environments: ReadonlyMap<string, string>,
  misfits: string[],
) {
  const names = (spec.dependsOn ?? []).flatMap(({ name, namespace = metadata?.namespace ?? "" }) => {
    const environment = environments.get(`${namespace}/${name}`);
    if (environment === undefined)
      misfits.push(`it depends on Kustomization ${namespace}/${name}, which is no environment here`);
    return environment === undefined ? [] : [environment];
  });
  return names.length === 0 ? {} : { dependsOn: names };
}

function postBuild(
  { spec }: Kustomization,
  { projectId, environment }: { projectId: string; environment: string },
  misfits: string[],
) {
  if (spec.postBuild === undefined) return {};
  const { substitute = {}, substituteFrom } = spec.postBuild;
  const own: Record<string, string> = { project: projectId, environment };
  const rest = Object.entries(substitute).filter(([key, value]) => {
    if (own[key] !== undefined && own[key] !== value) {
      misfits.push(`postBuild.substitute.${key} is ${value}, and the operator sets it to ${own[key]}`);
    }
    return own[key] === undefined;
  });
  return {
    postBuild: {
      ...(rest.length > 0 ? { substitute: Object.fromEntries(rest) } : {}),
      ...(substituteFrom ? { substituteFrom } : {}),
    },
  };
}
