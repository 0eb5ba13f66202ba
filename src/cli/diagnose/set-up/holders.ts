import { isNotFound, type ResourceType } from "../../../kube/index.ts";
import type { Look } from "../look.ts";
import type { NamespaceObject } from "../reads/namespaces.ts";

/** An object that a Namespace waits for. */
export interface Holder {
  /** As kubectl takes it: `configmaps`, `widgets.example.com`. */
  readonly resource: string;
  readonly kind: string;
  readonly name: string;
  readonly finalizers: readonly string[];
}

/** So many are named; the rest has mostly the same cause. */
const MOST = 5;

/** The objects with finalizers in a Namespace that is going; of which kinds, its own condition says. */
export async function readHolders(look: Look, { metadata, status }: NamespaceObject): Promise<Holder[]> {
  const remaining = status?.conditions?.find(
    ({ type, status }) => type === "NamespaceContentRemaining" && status === "True",
  );
  const resources = remainingKinds(remaining?.message ?? "");
  const found = await Promise.all(resources.map((resource) => holdersOf(look, resource, metadata.name)));
  return found.flat().slice(0, MOST);
}

/** The namespace controller writes `configmaps. has 1 resource instances, widgets.example.com has 2 resource instances`. Pure. */
export const remainingKinds = (message: string): string[] =>
  [...message.matchAll(/([a-z0-9-]+)\.([a-z0-9.-]*) has \d+ resource instances/g)].map(
    ([, plural = "", group = ""]) => (group === "" ? plural : `${plural}.${group}`),
  );

async function holdersOf(look: Look, resource: string, namespace: string): Promise<Holder[]> {
  const type = await kindOf(look, resource);
  if (type === undefined) return [];
  const items = (await look.listMetadata(type, { namespace })) ?? [];
  return items.flatMap(({ metadata }) => {
    const { name = "", finalizers = [], deletionTimestamp } = metadata ?? {};
    if (deletionTimestamp === undefined || finalizers.length === 0) return [];
    return [{ resource, kind: type.kind, name, finalizers }];
  });
}

const kindOf = (look: Look, name: string): Promise<ResourceType | undefined> =>
  look.once(`kind of ${name}`, async () => {
    try {
      return await look.client.discover({ name });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  });
