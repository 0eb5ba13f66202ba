import type { Namespace, Secret, ServiceAccount } from "kubernetes-types/core/v1";
import type { RoleBinding } from "kubernetes-types/rbac/v1";
import {
  type BunK8sClient,
  isNotFound,
  type KubeObject,
  type PartialObjectMetadata,
  type ResourceType,
  ROLE_BINDINGS,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../kube/index.ts";
import { resourceOf } from "../../reconcile/resources.ts";
import { allowed, orNone } from "../answers.ts";
import type { GitRepository, HelmRelease, Kustomization } from "./flux-objects.ts";

/** What scripts have left in the cluster, as far as an import looks at it. Secrets without their data. */
export interface Found {
  namespaces: Namespace[];
  repositories: GitRepository[];
  kustomizations: Kustomization[];
  helmReleases: HelmRelease[];
  secrets: SecretFound[];
  accounts: ServiceAccount[];
  bindings: RoleBinding[];
  /** What this person may not list. */
  closed: string[];
}

export interface SecretFound extends PartialObjectMetadata {
  type: string;
}

/**
 * Reads these namespaces, and Flux's objects of the whole cluster where that is allowed: a Kustomization may stand
 * elsewhere and deploy into them.
 * @throws K8sApiError, 404 for a namespace that is not there
 */
export async function readFound(client: BunK8sClient, names: readonly string[]): Promise<Found> {
  const closed: string[] = [];
  const inside = async <T extends KubeObject>(resource: ResourceType<T>): Promise<T[]> => {
    const lists = await Promise.all(
      names.map(async (namespace) => {
        const items = await allowed(orNone(client.list(resource, { namespace }).then((list) => list.items)));
        if (items === undefined) closed.push(`${resource.plural} in namespace ${namespace}`);
        return items ?? [];
      }),
    );
    return lists.flat();
  };
  const everywhere = async <T extends KubeObject>(resource: ResourceType<T>): Promise<T[]> =>
    (await allowed(orNone(client.list(resource).then((list) => list.items)))) ?? inside(resource);
  const [namespaces, repositories, kustomizations, helmReleases, secrets, accounts, bindings] =
    await Promise.all([
      Promise.all(names.map((name) => client.getNamespace(name))),
      everywhere(resourceOf("GitRepository") as ResourceType<GitRepository>),
      everywhere(resourceOf("Kustomization") as ResourceType<Kustomization>),
      everywhere(resourceOf("HelmRelease") as ResourceType<HelmRelease>),
      Promise.all(names.map((name) => secretsIn(client, name, closed))),
      inside(SERVICE_ACCOUNTS),
      inside(ROLE_BINDINGS),
    ]);
  const found = {
    namespaces,
    repositories,
    kustomizations,
    helmReleases,
    accounts,
    bindings,
    closed,
  };
  return { ...found, secrets: secrets.flat() };
}

/** One Secret with its data, for a copy of the credential; undefined where it is not there or may not be read. */
export async function readSecret(
  client: BunK8sClient,
  ref: { namespace: string; name: string },
): Promise<Secret | undefined> {
  try {
    return await allowed(client.get(SECRETS, ref));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The table form tells a Secret's type without its data. */
async function secretsIn(client: BunK8sClient, namespace: string, closed: string[]): Promise<SecretFound[]> {
  const table = await allowed(client.listTable(SECRETS, { namespace }));
  if (table === undefined) closed.push(`secrets in namespace ${namespace}`);
  const column = table?.columnDefinitions.findIndex(({ name }) => name === "Type") ?? -1;
  return (table?.rows ?? []).map(({ cells, object }) => ({ ...object, type: String(cells[column] ?? "") }));
}
