import { type BunK8sClient, type CallOptions, type PartialObjectMetadata, SECRETS } from "../kube/index.ts";
import type { Secrets } from "../reconcile/index.ts";

/** Beyond this many namespaces one list for the cluster is cheaper. */
const MOST_LISTS = 20;
/** Never credentials of ours, and often many. */
const NOT_OURS = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token";

/**
 * Sees changes of referenced Secrets by metadata-only lists, which carry no Secret data.
 * @param namespaces those that hold referenced Secrets
 * @returns keys of the projects whose last pass used another version
 */
export async function watchSecrets(
  client: BunK8sClient,
  secrets: Secrets,
  namespaces: ReadonlySet<string>,
  options: CallOptions,
): Promise<Set<string>> {
  if (namespaces.size === 0) return new Set();
  const wide = namespaces.size > MOST_LISTS;
  const scopes = wide ? [{}] : [...namespaces].map((namespace) => ({ namespace }));
  const lists = await Promise.all(
    scopes.map((scope) => client.listMetadata(SECRETS, { ...options, ...scope, fieldSelector: NOT_OURS })),
  );
  const versions = new Map(lists.flatMap(({ items }) => items.map(versionOf)));
  return secrets.observe(versions, (namespace) => wide || namespaces.has(namespace));
}

const versionOf = ({ metadata }: PartialObjectMetadata): [string, string] => [
  `${metadata?.namespace}/${metadata?.name}`,
  metadata?.resourceVersion ?? "",
];
