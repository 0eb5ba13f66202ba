import { readFileSync } from "node:fs";
import { GROUP, PLURAL } from "../../src/api/names.ts";
import { OPERATOR_NAMESPACE, OPERATOR_SERVICE_ACCOUNT } from "./operator-identity.ts";

const OPERATOR = `system:serviceaccount:${OPERATOR_NAMESPACE}:${OPERATOR_SERVICE_ACCOUNT}`;

/**
 * What the API server notes: every request of the operator, and everybody's writes; no bodies, but the status that
 * the operator has written: all that are written in a test run are held against the rules (statuses.ts).
 */
export const AUDIT_POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    {
      level: "RequestResponse",
      users: [OPERATOR],
      resources: [{ group: GROUP, resources: [`${PLURAL}/status`] }],
      omitManagedFields: true,
    },
    { level: "Metadata", users: [OPERATOR] },
    { level: "Metadata", verbs: ["create", "update", "patch", "delete", "deletecollection"] },
    { level: "None" },
  ],
};

/** One finished request, as the API server saw it: the parts that tests ask for. */
export interface AuditEvent {
  verb: string;
  user: { username: string };
  /** Set where the user acts as somebody else, as Flux does for a serviceAccountName. */
  impersonatedUser?: { username: string };
  requestURI: string;
  objectRef?: {
    resource: string;
    namespace?: string;
    name?: string;
    apiGroup?: string;
    subresource?: string;
  };
  responseStatus?: { code: number; reason?: string };
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  userAgent?: string;
  /** Only of the operator's writes to a status: the whole object as it then was. */
  responseObject?: unknown;
}

/** The audit events so far, oldest first (in the order of their ends), that satisfy `wanted`. */
export function auditEvents(
  cluster: { auditLog: string },
  wanted: (event: AuditEvent) => boolean = () => true,
): AuditEvent[] {
  const lines = readFileSync(cluster.auditLog, "utf8").split("\n");
  lines.pop(); // what follows the last line's end: nothing, or a line that is being written
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter(wanted);
}

/** The operator's own requests among `auditEvents`. */
export function operatorRequests(
  cluster: { auditLog: string },
  wanted: (event: AuditEvent) => boolean = () => true,
): AuditEvent[] {
  return auditEvents(cluster, (event) => event.user.username === OPERATOR && wanted(event));
}
