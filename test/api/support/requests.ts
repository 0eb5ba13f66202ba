import { type AuditEvent, eventually, operatorRequests } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

/** Where a project stands and which namespaces it is given: what its requests can be told by. */
type Where = Pick<Scope, "cluster" | "namespace">;

/** What the operator asked or wrote about one project, in the order of its requests' ends; lists are shared. */
export function requestsAbout(where: Where, projectId: string): AuditEvent[] {
  return operatorRequests(
    where.cluster,
    (event) => event.verb !== "list" && concerns(event, where, projectId),
  );
}

export const writesAbout = (where: Where, projectId: string): AuditEvent[] =>
  requestsAbout(where, projectId).filter(isWrite);

export const isWrite = ({ verb }: AuditEvent): boolean => verb !== "get" && verb !== "list";

/** `create secrets project-x-dev/x-git-auth 201`: one line a request, for comparison and for messages. */
export function line({ verb, objectRef: ref, responseStatus }: AuditEvent): string {
  const kind = [ref?.resource, ref?.subresource].filter(Boolean).join("/");
  return `${verb} ${kind} ${[ref?.namespace, ref?.name].filter(Boolean).join("/")} ${responseStatus?.code}`;
}

/** Creates that the API server answered with 201, of one resource. */
export const created = (events: readonly AuditEvent[], resource: string): AuditEvent[] =>
  events.filter((event) => isCall(event, "create", resource) && event.responseStatus?.code === 201);

export const isCall = ({ verb, objectRef }: AuditEvent, wanted: string, resource: string): boolean =>
  verb === wanted && objectRef?.resource === resource && objectRef.subresource === undefined;

/** Milliseconds with fractions: audit timestamps have microseconds. */
export const sentAt = (event: AuditEvent): number => micros(event.requestReceivedTimestamp);
export const endedAt = (event: AuditEvent): number => micros(event.stageTimestamp);

const micros = (time: string): number => Date.parse(time) + Number(`0.${time.slice(23, 26).padEnd(3, "0")}`);

/** The last of these was answered before the first of those was sent. */
export function endsBefore(these: readonly AuditEvent[], those: readonly AuditEvent[]): boolean {
  return Math.max(...these.map(endedAt)) <= Math.min(...those.map(sentAt));
}

/** Polls of this scope's projects that the API server has answered so far. */
export const polls = (where: Where): AuditEvent[] =>
  operatorRequests(
    where.cluster,
    (event) =>
      isCall(event, "list", "projectgitops") &&
      event.objectRef?.namespace === where.namespace &&
      event.responseStatus?.code === 200,
  );

/** Waits until the operator has polled that many times more. */
export async function untilPolled(where: Where, times: number, deadlineMs = 30_000): Promise<void> {
  const goal = polls(where).length + times;
  await eventually(() => polls(where).length >= goal, {
    description: `${times} more polls`,
    deadlineMs,
  });
}

/** Resyncs that have begun: each lists all managed Namespaces. */
export const resyncs = ({ cluster }: Pick<Where, "cluster">): AuditEvent[] =>
  operatorRequests(
    cluster,
    (event) => isCall(event, "list", "namespaces") && event.requestURI.includes("labelSelector"),
  );

/** Waits until the operator has looked for drift that many times more, from its beginning. */
export async function untilResynced(where: Where, times = 2): Promise<void> {
  const goal = resyncs(where).length + times;
  await eventually(() => resyncs(where).length >= goal, {
    description: `${times} more resyncs`,
    deadlineMs: 30_000,
  });
  await untilPolled(where, 2);
}

function concerns({ objectRef }: AuditEvent, { namespace }: Where, projectId: string): boolean {
  if (objectRef === undefined) return false;
  const prefix = `project-${projectId}-`;
  if (objectRef.resource === "namespaces") return objectRef.name?.startsWith(prefix) ?? false;
  if (objectRef.namespace?.startsWith(prefix)) return true;
  if (objectRef.namespace !== namespace) return false;
  // Secrets of the namespace may serve several projects.
  return objectRef.resource === "secrets" || (objectRef.name?.split(".")[0] ?? "") === projectId;
}
