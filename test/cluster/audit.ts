import { closeSync, fstatSync, openSync, readSync } from "node:fs";
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

/** Only what the rules are held against: writing down every request costs the API server a tenth of its time. */
export const STATUS_AUDIT_POLICY = {
  ...AUDIT_POLICY,
  rules: [...AUDIT_POLICY.rules.slice(0, 1), { level: "None" }],
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
  responseStatus?: { code: number; reason?: string; message?: string };
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
  return eventsOf(cluster.auditLog).filter(wanted);
}

interface ReadSoFar {
  /** Up to the end of the last whole line. */
  bytes: number;
  readonly events: AuditEvent[];
}

const READ = new Map<string, ReadSoFar>();

/** What was read once is kept: a test that waits asks again and again, and a log of a whole run is long. */
function eventsOf(path: string): readonly AuditEvent[] {
  const known = READ.get(path) ?? { bytes: 0, events: [] };
  READ.set(path, known);
  const more = readFrom(path, known.bytes);
  // What follows is a line that is being written.
  const end = more.lastIndexOf("\n") + 1;
  const lines = more.subarray(0, end).toString("utf8").split("\n").slice(0, -1);
  for (const line of lines) known.events.push(JSON.parse(line) as AuditEvent);
  known.bytes += end;
  return known.events;
}

function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const size = Math.max(0, fstatSync(file).size - offset);
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(file, buffer, 0, size, offset));
  } finally {
    closeSync(file);
  }
}

/** The operator's own requests among `auditEvents`. */
export function operatorRequests(
  cluster: { auditLog: string },
  wanted: (event: AuditEvent) => boolean = () => true,
): AuditEvent[] {
  return auditEvents(cluster, (event) => event.user.username === OPERATOR && wanted(event));
}
