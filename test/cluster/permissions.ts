import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FIELD_MANAGER } from "../../src/api/names.ts";
import { type Right, rightText } from "../../src/cli/diagnose/installation/rights.ts";
import { type AuditEvent, operatorRequests } from "./audit.ts";
import { OPERATOR_NAMESPACE } from "./operator-identity.ts";

/** What an API server saw of the operators' rights: scripts/permissions.ts holds it against those of deploy/. */
export interface PermissionsUsed {
  /** Each as `rightText` writes it: `patch projectgitops/status.projectgitops.dev`. */
  readonly used: readonly string[];
  /** Requests that the policies of deploy/confinement refused: the operator should never run into its own limits. */
  readonly confined: readonly string[];
}

/** Names the folder that every cluster writes a file into before it goes; absent: none is written. */
export const PERMISSIONS_FOLDER = "PROJECTGITOPS_PERMISSIONS_FOLDER";

/** Notes what the operators of this cluster have used, where somebody collects it. */
export function notePermissions(cluster: { auditLog: string }): void {
  const folder = process.env[PERMISSIONS_FOLDER];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${crypto.randomUUID()}.json`), JSON.stringify(permissionsUsed(cluster)));
}

export function permissionsUsed(cluster: { auditLog: string }): PermissionsUsed {
  // Under its name alone: tests of a stolen token, and people who borrow it, say who they are.
  const requests = operatorRequests(cluster, ({ userAgent }) => userAgent === FIELD_MANAGER);
  const confined = requests.filter(isConfined);
  return {
    used: [...new Set(requests.flatMap(rightsUsed))].toSorted(),
    confined: confined.map(
      ({ verb, requestURI, responseStatus }) => `${verb} ${requestURI}: ${responseStatus?.message ?? ""}`,
    ),
  };
}

const isConfined = ({ responseStatus }: AuditEvent): boolean =>
  responseStatus?.code === 403 &&
  (responseStatus.message ?? "").includes("ValidatingAdmissionPolicy 'projectgitops-");

function rightsUsed({ verb, objectRef, responseStatus }: AuditEvent): string[] {
  // What is asked of the server itself (/version, /readyz) needs no right of ours.
  if (objectRef === undefined) return [];
  const { resource, subresource, apiGroup: group = "", namespace, name } = objectRef;
  const right: Right = {
    verb,
    group,
    resource,
    ...(subresource ? { subresource } : {}),
    // Granted in one namespace alone.
    ...(resource === "leases" && namespace === OPERATOR_NAMESPACE ? { namespace } : {}),
    // Granted for one name alone.
    ...(resource === "customresourcedefinitions" && name ? { name } : {}),
  };
  const isBound = resource === "rolebindings" && verb === "create" && responseStatus?.code === 201;
  return isBound ? [rightText(right), BIND] : [rightText(right)];
}

/** The API server asks for it before it creates a RoleBinding, and notes nothing. */
const BIND = "bind clusterroles.rbac.authorization.k8s.io admin";
