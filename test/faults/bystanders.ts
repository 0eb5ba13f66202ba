import {
  type BunK8sClient,
  type KubeObject,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import type { Names } from "./requests.ts";

/** Objects that are nobody's business here, however much they look like ours: not a byte of them may change. */
export interface Bystanders {
  /** Those that have been touched, as sentences. */
  touched(): Promise<string[]>;
}

/** A namespace with a name and labels like ours, and in it what a tenant may have: our labels on own objects. */
export async function placeBystanders(
  admin: BunK8sClient,
  { platform, projectId }: Names,
): Promise<Bystanders> {
  const namespace = `project-${projectId}-theirs`;
  const metadata = (name: string) => ({ name, namespace, labels: labels(projectId) });
  await admin.createNamespace({ metadata: { name: namespace, labels: labels(projectId) } });
  const source = { kind: "GitRepository", name: `${projectId}-repo` };
  const placed: KubeObject[] = await Promise.all([
    admin.create(SECRETS, { metadata: metadata(`${projectId}-git-auth`), stringData: { a: "b" } }),
    admin.create(SERVICE_ACCOUNTS, { metadata: metadata(`${projectId}-deployer`) }),
    admin.create(resourceOf("GitRepository"), {
      metadata: { ...metadata(`${projectId}-repo`), annotations: elsewhere() },
      spec: { url: "https://git.example.com/theirs.git", interval: "1m" },
    } as KubeObject),
    admin.create(resourceOf("Kustomization"), {
      metadata: metadata(`${projectId}-theirs`),
      spec: { interval: "1m", prune: true, sourceRef: source },
    } as KubeObject),
    admin.create(SECRETS, { metadata: { name: "other", namespace: platform }, stringData: { a: "b" } }),
  ]);
  const resources = [
    SECRETS,
    SERVICE_ACCOUNTS,
    resourceOf("GitRepository"),
    resourceOf("Kustomization"),
    SECRETS,
  ];
  const home = await admin.get(NAMESPACES, { name: namespace });
  const isTouched = async (index: number): Promise<boolean> => {
    const before = placed[index]?.metadata;
    const ref = { namespace: before?.namespace ?? "", name: before?.name ?? "" };
    const after = await admin.get(resources[index] ?? SECRETS, ref).catch(() => undefined);
    return versionOf(after?.metadata) !== versionOf(before);
  };
  return {
    touched: async () => {
      const found = await Promise.all(placed.map((_, index) => isTouched(index)));
      const homeNow = await admin.get(NAMESPACES, { name: namespace }).catch(() => undefined);
      const names = placed.flatMap(({ metadata }, index) => (found[index] ? [`${metadata?.name}`] : []));
      if (versionOf(homeNow?.metadata) !== versionOf(home.metadata)) names.push(namespace);
      return names.map((name) => `touched what is not ours: ${name}`);
    },
  };
}

const labels = (projectId: string) => ({
  "app.kubernetes.io/managed-by": "projectgitops",
  "projectgitops.dev/project": projectId,
  "projectgitops.dev/environment": "theirs",
});

const elsewhere = () => ({
  "projectgitops.dev/owner": "elsewhere/other",
  "projectgitops.dev/owner-uid": crypto.randomUUID(),
});

const versionOf = (metadata: { uid?: string; resourceVersion?: string } | undefined): string =>
  `${metadata?.uid} ${metadata?.resourceVersion}`;
