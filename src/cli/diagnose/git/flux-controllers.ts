import { DEPLOYMENTS } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

type Name = "source-controller" | "kustomize-controller" | "helm-controller";

/** Where one of Flux's controllers runs, as a NetworkPolicy sees it. */
export interface FluxController {
  readonly name: Name;
  readonly namespace: string;
  /** Labels of its Pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** Named ports of its containers. */
  readonly ports: Readonly<Record<string, number>>;
}

/** The Deployment's Pod template, or what `flux install` makes where none can be seen. */
export async function fluxController(look: Look, name: Name): Promise<FluxController> {
  const found = await look.list(DEPLOYMENTS, { fieldSelector: `metadata.name=${name}` });
  const [deployment] = found ?? [];
  if (deployment === undefined) return usual(name);
  const template = deployment.spec?.template;
  const ports = (template?.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return {
    name,
    namespace: deployment.metadata?.namespace ?? "",
    labels: template?.metadata?.labels ?? {},
    ports: {
      ...usual(name).ports,
      ...Object.fromEntries(
        ports.flatMap((port) => (port.name === undefined ? [] : [[port.name, port.containerPort]])),
      ),
    },
  };
}

/** Source: fluxcd/flux2, manifests/bases. */
const usual = (name: Name): FluxController => ({
  name,
  namespace: "flux-system",
  labels: {
    app: name,
    "app.kubernetes.io/component": name,
    "app.kubernetes.io/instance": "flux-system",
    "app.kubernetes.io/part-of": "flux",
  },
  ports: name === "source-controller" ? { http: 9090, "http-prom": 8080, healthz: 9440 } : {},
});
