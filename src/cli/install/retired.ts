import {
  type BunK8sClient,
  CLUSTER_ROLE_BINDINGS,
  CLUSTER_ROLES,
  type PartialObjectMetadata,
  ROLE_BINDINGS,
} from "../../kube/index.ts";
import { orMissing } from "../answers.ts";
import { ask } from "../connect.ts";
import { isLabelledOurs, objectText } from "../installed/objects.ts";
import type { SeenObject } from "../installed/seen.ts";
import type { Io } from "../io.ts";

/** ClusterRoles that an earlier version of deploy/ had, and what has their rights now. */
const RENAMED = [
  { from: "projectgitops-viewer", to: "projectgitops-view" },
  { from: "projectgitops-editor", to: "projectgitops-edit" },
] as const;

/** What an earlier version had and this one has not: told, and removed unless somebody is let in by it. */
export interface Retired {
  readonly text: string;
  readonly to: string;
  readonly role: PartialObjectMetadata;
  /** `RoleBinding platform/team`: those who would lose their rights. */
  readonly boundBy: readonly string[];
}

export async function retiredRoles(client: BunK8sClient, io: Io): Promise<Retired[]> {
  return ask(io, "look for roles of earlier versions", findRetired(client));
}

/** The same as objects that an uninstallation removes with the rest: who is let in has nothing to be let into. */
export async function retiredObjects(client: BunK8sClient, io: Io): Promise<SeenObject[]> {
  const found = RENAMED.map(async ({ from: name }): Promise<SeenObject[]> => {
    const live = await ask(io, `read ClusterRole ${name}`, orMissing(client.get(CLUSTER_ROLES, { name })));
    if (live === undefined) return [];
    const text = objectText("ClusterRole", { name });
    return [{ resource: CLUSTER_ROLES, ref: { name }, text, manifest: { metadata: { name } }, live }];
  });
  return (await Promise.all(found)).flat();
}

/** Removes the very role that was seen. */
export async function removeRetired(client: BunK8sClient, { text, role }: Retired, io: Io): Promise<void> {
  const { name = "", uid = "" } = role.metadata ?? {};
  const removing = client.delete(CLUSTER_ROLES, { name }, { preconditions: { uid } });
  await ask(io, `delete ${text}`, orMissing(removing));
}

async function findRetired(client: BunK8sClient): Promise<Retired[]> {
  const found = await Promise.all(
    RENAMED.map(async ({ from, to }) => {
      const role = await orMissing(client.getMetadata(CLUSTER_ROLES, { name: from }));
      return role && isLabelledOurs(role)
        ? [{ text: objectText("ClusterRole", { name: from }), to, role }]
        : [];
    }),
  );
  if (found.flat().length === 0) return [];
  const [inNamespaces, inCluster] = await Promise.all([
    client.list(ROLE_BINDINGS),
    client.list(CLUSTER_ROLE_BINDINGS),
  ]);
  const bindings = [
    ...inNamespaces.items.map((one) => ({ kind: "RoleBinding", ...one })),
    ...inCluster.items.map((one) => ({ kind: "ClusterRoleBinding", ...one })),
  ];
  return found.flat().map((retired) => ({
    ...retired,
    boundBy: bindings
      .filter(({ roleRef }) => roleRef.kind === "ClusterRole" && roleRef.name === retired.role.metadata?.name)
      .map(({ kind, metadata = {} }) => objectText(kind, { ...metadata, name: metadata.name ?? "" })),
  }));
}
