import { HEALTH_CHECK_TARGET_MISSING, WORKLOAD_NOT_HEALTHY } from "../catalogue/delivery-workload.ts";
import { deployAgain, type Failure, type Reader, troubleOf } from "./failure.ts";

/** What Flux waited for in vain. The pods behind it are told by another check, in place of this. */
export const healthCheckFailed: Reader = (failure) => {
  if (failure.reason !== "HealthCheckFailed") return undefined;
  const all = waitedFor(failure.message);
  const gone = all.filter(({ status }) => status === "NotFound");
  return gone.length > 0 && gone.length === all.length
    ? nothingToWaitFor(failure, gone)
    : unhealthy(failure, all);
};

interface Waited {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Of kstatus: InProgress, Failed, Terminating, NotFound, Unknown. */
  readonly status: string;
}

/** Pure. Flux names each as `Deployment/namespace/name status: 'InProgress'`. */
export const waitedFor = (message: string): Waited[] =>
  [...message.matchAll(/(\w+)\/(?:([^/\s,]+)\/)?([^/\s,[\]]+) status: '(\w+)'/g)].map(
    ([, kind = "", namespace = "", name = "", status = ""]) => ({ kind, namespace, name, status }),
  );

function unhealthy(failure: Failure, all: readonly Waited[]): ReturnType<typeof troubleOf> {
  const names = all.map(({ kind, name }) => `${kind} ${name}`).join(", ") || "what it has deployed";
  return troubleOf(WORKLOAD_NOT_HEALTHY, failure, {
    same: names,
    what: (where) =>
      `${where} is deployed, but ${names} ${all.length > 1 ? "do" : "does"} not become healthy`,
    cause: `Flux waited for ${failure.flux.environment.timeout} (spec.environments[].timeout). The events of the object tell what its controller does`,
    fix: [...all.map(describeCommand), deployAgain(failure.project)],
  });
}

function nothingToWaitFor(failure: Failure, gone: readonly Waited[]): ReturnType<typeof troubleOf> {
  const { project, flux } = failure;
  const names = gone.map(({ kind, name }) => `${kind} ${name}`).join(", ");
  return troubleOf(HEALTH_CHECK_TARGET_MISSING, failure, {
    same: names,
    what: (where) => `${where} waits for ${names}, which is not in the cluster`,
    cause: `spec.environments[${project.spec.environments.indexOf(flux.environment)}].healthChecks names it, and the repository does not hold it, or somebody has deleted it`,
    fix: [`kubectl edit pgops ${project.metadata.name} -n ${project.metadata.namespace}`],
  });
}

const describeCommand = ({ kind, namespace, name }: Waited): string =>
  `kubectl describe ${kind.toLowerCase()} ${name}${namespace === "" ? "" : ` -n ${namespace}`}`;
