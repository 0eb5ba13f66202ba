import { join } from "node:path";
import { program, run, scratchFolder } from "../../cluster/index.ts";
import type { Ran } from "../../cluster/kubectl.ts";

export const CHART = join(import.meta.dir, "..", "..", "..", "deploy", "chart");

/** Runs helm with nothing of the person's own settings, on a cluster where one is given; never rejects on its exit code. */
export async function helmRun(args: string[], kubeconfig = "/dev/null"): Promise<Ran> {
  const home = scratchFolder("helm");
  const env = { HOME: home, KUBECONFIG: kubeconfig, HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home };
  return run([await program("helm"), ...args], { env });
}

/** Runs every suite of deploy/chart/tests. */
export async function unittest(): Promise<Ran> {
  return run([await program("helm-unittest"), CHART]);
}

export interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

export const manifestKey = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

/** What Helm's habits want on every object, beside the one label that deploy/ has. */
const HELM_LABELS = [
  "app.kubernetes.io/instance",
  "app.kubernetes.io/version",
  "app.kubernetes.io/managed-by",
  "helm.sh/chart",
];

/** As deploy/ would have it. */
export function withoutHelmLabels(manifest: Manifest): Manifest {
  const labels = Object.entries(manifest.metadata.labels ?? {}).filter(
    ([name]) => !HELM_LABELS.includes(name),
  );
  return { ...manifest, metadata: { ...manifest.metadata, labels: Object.fromEntries(labels) } };
}
