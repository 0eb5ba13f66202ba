import { type Cluster, kubectl } from "../../cluster/index.ts";

const KINDS = "namespaces,secrets,serviceaccounts,rolebindings,gitrepositories,kustomizations";

/** Every object that an operator manages in the cluster, with its uid and resourceVersion. */
export async function managedVersions(cluster: Cluster): Promise<Record<string, string>> {
  const args = ["get", KINDS, "-A", "-l", "app.kubernetes.io/managed-by=projectgitops", "-o", "json"];
  const { code, stdout, stderr } = await kubectl(cluster, args);
  if (code !== 0) throw new Error(stderr);
  const { items } = JSON.parse(stdout) as { items: Listed[] };
  return Object.fromEntries(
    items.map(({ kind, metadata: { namespace = "", name, uid, resourceVersion } }) => [
      `${kind} ${namespace}/${name}`,
      `${uid} ${resourceVersion}`,
    ]),
  );
}

interface Listed {
  kind: string;
  metadata: { namespace?: string; name: string; uid: string; resourceVersion: string };
}
