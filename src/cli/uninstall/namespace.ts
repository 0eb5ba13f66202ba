import {
  type BunK8sClient,
  LEASES,
  type PartialObjectMetadata,
  type ResourceType,
  SECRETS,
} from "../../kube/index.ts";
import { PROJECTS } from "../../reconcile/resources.ts";
import { madeByPeople, workloadsIn } from "../adopt/contents.ts";
import { allowed, orMissing, orNone } from "../answers.ts";
import { ask } from "../connect.ts";
import { isOperatorLease } from "../diagnose/reads/operators.ts";
import { isLabelledOurs, objectText, outcomeLine } from "../installed/objects.ts";
import type { SeenObject } from "../installed/seen.ts";
import type { Io } from "../io.ts";
import { removeObject } from "./objects.ts";

/** Removes the operator's namespace, unless it holds what is not the operator's: that would go with it. */
export async function removeNamespace(
  client: BunK8sClient,
  namespace: SeenObject,
  timeout: string,
  io: Io,
): Promise<void> {
  if (namespace.live === undefined) return;
  const { name } = namespace.ref;
  const others = await ask(io, `look what ${namespace.text} holds`, othersIn(client, name));
  if (others.length === 0 && isLabelledOurs(namespace.live))
    return removeObject(client, namespace, timeout, io);
  await removeLeases(client, name, io);
  if (others.length === 0) return removeObject(client, namespace, timeout, io);
  io.out(outcomeLine(namespace.text, `stays: it holds ${others.join(", ")}`));
}

/** `Secret registry`, or the number of them where there are several; what may not be listed counts as there. */
async function othersIn(client: BunK8sClient, namespace: string): Promise<string[]> {
  const list = async (resource: ResourceType) => ({
    kind: resource.kind,
    objects: await allowed(orNone(client.listMetadata(resource, { namespace }).then(({ items }) => items))),
  });
  const kinds = [
    await list(PROJECTS as ResourceType),
    await list(SECRETS as ResourceType),
    ...(await workloadsIn(client, namespace)),
  ];
  return kinds.flatMap(({ kind, objects }) => {
    if (objects === undefined) return [`perhaps a ${kind}, which you may not list`];
    const others = objects.filter((object) => madeByPeople(object) && !isLabelledOurs(object));
    return others.length > 1 ? [`${others.length} of kind ${kind}`] : others.map((one) => textOf(kind, one));
  });
}

const textOf = (kind: string, { metadata }: PartialObjectMetadata): string =>
  objectText(kind, { name: metadata?.name ?? "" });

async function removeLeases(client: BunK8sClient, namespace: string, io: Io): Promise<void> {
  const leases = await ask(io, `list Leases in namespace ${namespace}`, client.list(LEASES, { namespace }));
  for (const { metadata } of leases.items) {
    const ref = { namespace, name: metadata?.name ?? "" };
    if (!isOperatorLease(ref.name)) continue;
    const text = objectText("Lease", ref);
    await ask(io, `delete ${text}`, orMissing(client.delete(LEASES, ref)));
    io.out(outcomeLine(text, "removed"));
  }
}
