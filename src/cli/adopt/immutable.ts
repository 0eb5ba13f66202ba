import { parseGitUrl } from "../../api/git-url.ts";
import { gitSecretName } from "../../api/names.ts";
import { type BunK8sClient, ROLE_BINDINGS, SECRETS } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { kubectlName, type Verdict } from "./verdict.ts";

/** What cannot be changed in place, as it stands in the cluster. */
export type Fixed = { type?: string | undefined; roleRef?: string | undefined };

/** Reads the fields of an object that cannot be changed; of a Secret its type alone, without its data. */
export async function fixedFieldsOf(
  client: BunK8sClient,
  { kind, namespace, name }: ObjectId,
): Promise<Fixed> {
  if (kind === "RoleBinding") {
    const { roleRef } = await client.get(ROLE_BINDINGS, { namespace, name });
    return { roleRef: `${roleRef.kind} ${roleRef.name}` };
  }
  if (kind !== "Secret") return {};
  const options = { namespace, fieldSelector: `metadata.name=${name}` };
  const { columnDefinitions, rows } = await client.listTable(SECRETS, options);
  const column = columnDefinitions.findIndex((one) => one.name === "Type");
  const type = rows[0]?.cells[column];
  return typeof type === "string" ? { type } : {};
}

/**
 * Where the operator would need another value of a field that cannot be changed, its apply is refused for ever: such
 * an object has to go, and the operator makes its own. Pure.
 * @param url the project's repository; undefined where it is not known
 */
export function cannotBecomeOurs(
  id: ObjectId,
  fixed: Fixed,
  projectId: string,
  url: string | undefined,
): Verdict | undefined {
  const next = `kubectl delete ${kubectlName(id)}`;
  if (fixed.roleRef !== undefined && fixed.roleRef !== DEPLOYER_ROLE) {
    return {
      kind: "refused",
      why: `${describe(id)} binds ${fixed.roleRef}, and the operator's own binds ${DEPLOYER_ROLE} (unless --deployer-cluster-role says otherwise); that cannot be changed in place. Delete it, and the operator makes its own`,
      next,
    };
  }
  const parsed = url === undefined ? undefined : parseGitUrl(url);
  if (fixed.type === undefined || parsed?.kind !== "ok" || id.name !== gitSecretName(projectId))
    return undefined;
  const wanted = parsed.transport === "ssh" ? "kubernetes.io/ssh-auth" : "Opaque";
  if (fixed.type === wanted) return undefined;
  return {
    kind: "refused",
    why: `${describe(id)} is of type ${fixed.type}, and the copy of the credential is ${wanted}; that cannot be changed in place. Delete it, and the operator makes its own`,
    next,
  };
}

/** What the operator binds its deployers to, unless it is started with another --deployer-cluster-role. */
const DEPLOYER_ROLE = "ClusterRole admin";
