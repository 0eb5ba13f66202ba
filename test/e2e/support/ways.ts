import { join } from "node:path";
import { withKubeconfig } from "../../api/cli-support.ts";
import { type Cluster, kubectl } from "../../cluster/index.ts";
import { CHART, helmRun } from "./chart.ts";

/** One way to install the operator and to remove it, as docs/install.md has it. */
export interface Way {
  name: string;
  install(cluster: Cluster): Promise<void>;
  uninstall(cluster: Cluster): Promise<void>;
}

const ROOT = join(CHART, "..", "..");
const IMAGE = "registry.acme.dev/projectgitops:0.1.0";

/** Flux, the fourth, has test/e2e/installed-by-flux.test.ts to itself. */
export const WAYS: readonly Way[] = [
  {
    name: "kubectl apply -k deploy/",
    install: async (cluster) => command(cluster, "kubectl apply -k deploy/"),
    uninstall: async (cluster) => {
      await documented(cluster, "kubectl delete deployment ");
      await documented(cluster, "kubectl delete -k ");
    },
  },
  {
    name: "helm",
    install: async (cluster) => documented(cluster, "helm install "),
    uninstall: async (cluster) => {
      await documented(cluster, "helm uninstall ");
      await documented(cluster, "kubectl delete namespace ");
    },
  },
  {
    name: "projectgitops install and uninstall",
    install: async (cluster) => command(cluster, `projectgitops install --image ${IMAGE}`),
    uninstall: async (cluster) => command(cluster, "projectgitops uninstall --yes"),
  },
];

/** Whatever bears our name, of any kind that an installation has, as `kubectl get -o name` prints it. */
export async function installedObjects(cluster: Cluster): Promise<string[]> {
  const kinds = [
    "crd,namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies",
    "validatingadmissionpolicybindings,deployments,services,serviceaccounts,roles,rolebindings,secrets,leases",
  ].join(",");
  const { code, stdout, stderr } = await kubectl(cluster, ["get", kinds, "-A", "-o", "name"]);
  if (code !== 0) throw new Error(stderr);
  return stdout.split("\n").filter((name) => /\/[^/]*projectgitops/.test(name));
}

/** A line of a block of docs/install.md, by its beginning; the checkout is this one. */
async function documented(cluster: Cluster, start: string): Promise<void> {
  const page = await Bun.file(join(ROOT, "docs", "install.md")).text();
  const lines = page.split("\n").filter((line) => line.startsWith(start));
  const [line, ...others] = lines;
  if (line === undefined || others.length > 0)
    throw new Error(`docs/install.md has ${lines.length} lines that begin with "${start}", not one`);
  await command(cluster, line);
}

async function command(cluster: Cluster, line: string): Promise<void> {
  const [program, ...words] = line.replaceAll("'", "").split(" ");
  const args = words.map((word) => (word.startsWith("deploy/") ? join(ROOT, word) : word));
  const ran = await RUNS[program ?? ""]?.(cluster, args);
  if (ran?.code !== 0) throw new Error(`${line}\nended with ${ran?.code}: ${ran?.stderr}`);
}

const RUNS: Record<string, (cluster: Cluster, args: string[]) => Promise<{ code: number; stderr: string }>> =
  {
    kubectl,
    helm: (cluster, args) => helmRun(args, cluster.kubeconfigPath),
    projectgitops: (cluster, args) => withKubeconfig(cluster.kubeconfigPath)(args.join(" ")),
  };
