import {
  ARTIFACT_NOT_FETCHED,
  ARTIFACT_UNREACHABLE,
  CROSS_NAMESPACE_DENIED,
} from "../catalogue/delivery-flux.ts";
import { deployAgain, putRight, quoted, type Reader, troubleOf } from "./failure.ts";

/** The source is Ready, and kustomize-controller cannot get at what source-controller has fetched. */
export const artifactUnreachable: Reader = (failure, look) => {
  if (failure.reason !== "ArtifactFailed") return undefined;
  const { live } = failure.flux.source;
  const url = live?.status.artifact?.url ?? "source-controller";
  if (/^failed to download archive|^Get "?http|^GET http/.test(failure.message)) {
    return troubleOf(ARTIFACT_UNREACHABLE, failure, {
      what: (where) => `${where} is not deployed: kustomize-controller cannot reach source-controller`,
      cause: `what was fetched from git is served by source-controller at ${hostOf(url)}, and no answer comes from there: a NetworkPolicy in Flux's namespace, its Service, or source-controller itself`,
      fix: [
        `kubectl get pods,services,endpointslices,networkpolicies -n ${namespaceOf(url)}`,
        deployAgain(failure.project),
      ],
    });
  }
  const since = Date.parse(failure.flux.delivery.since ?? "");
  // It asks again every 30 s: a source that has just become Ready is not yet seen.
  if (!NOT_THERE.test(failure.message) || look.now - since < LAG_MS) return undefined;
  return troubleOf(ARTIFACT_NOT_FETCHED, failure, {
    what: (where) => `${where} is not deployed: what Flux fetched from git is gone from source-controller`,
    cause:
      "source-controller keeps it on a volume of its own, which is empty after a restart: it fetches again at its next interval, or now with the fix",
    fix: [deployAgain(failure.project)],
  });
};

/** Words of kustomize-controller 1.9.5. */
const NOT_THERE = /^Source (?:artifact not found|is not ready, artifact not found)/;
const LAG_MS = 60_000;

/** Somebody has added a namespace to the reference. The operator leaves alone what people add, so it is taken out. */
export const crossNamespace: Reader = (failure) => {
  if (failure.reason !== "AccessDenied") return undefined;
  const { object, id, live } = failure.flux.delivery;
  const path =
    id.kind === "HelmRelease" ? "/spec/chart/spec/sourceRef/namespace" : "/spec/sourceRef/namespace";
  const patch = JSON.stringify([{ op: "remove", path }]);
  const other = valueAt(live?.spec, path.split("/").slice(2));
  const named = typeof other === "string" && other !== failure.flux.namespace;
  return troubleOf(CROSS_NAMESPACE_DENIED, failure, {
    same: quoted(failure.message),
    what: (where) =>
      `${where} is not deployed: its source is to come from another namespace, which Flux does not follow`,
    cause: `the operator names the source of ${failure.flux.namespace}, so somebody has changed ${object}${named ? `: its sourceRef names the namespace ${other}` : ""}`,
    fix: [
      named
        ? `kubectl patch ${id.kind.toLowerCase()} ${id.name} -n ${id.namespace} --type json -p '${patch}'`
        : putRight(failure.project),
    ],
  });
};

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || typeof value !== "object" || value === null) return value;
  return valueAt((value as Record<string, unknown>)[key], rest);
}

/** `source-controller.flux-system.svc.cluster.local.` in the URL of an artifact. */
const hostOf = (url: string): string => /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? url;
const namespaceOf = (url: string): string => /^[^.]+\.([^.]+)\.svc/.exec(hostOf(url))?.[1] ?? "flux-system";
