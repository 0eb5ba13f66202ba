import { CROSS_NAMESPACE_DENIED } from "../catalogue/delivery-flux.ts";
import { putRight, quoted, type Reader, troubleOf } from "./failure.ts";

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
