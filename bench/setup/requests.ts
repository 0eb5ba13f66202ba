import { type AuditEvent, type Cluster, operatorRequests } from "../../test/cluster/index.ts";

/** Requests by `verb resource`, as the API server's audit log has them. */
export type Counts = Record<string, number>;

/** What the operator asked between two moments (milliseconds since the epoch), what is not part of its work apart. */
export interface Requests {
  /** Creates, patches, gets and deletes of projects and their objects. */
  readonly work: Counts;
  /** Lists: polls and resyncs. */
  readonly lists: Counts;
  /** Reads of Flux's objects, to see whether they are Ready. */
  readonly looks: number;
  readonly events: number;
  readonly leases: number;
  /** From the arrival of the first write to the end of the last one, in milliseconds. */
  readonly span: number;
}

export function requestsBetween(cluster: Cluster, from: number, to: number): Requests {
  const seen = operatorRequests(cluster, (event) => {
    const at = Date.parse(event.requestReceivedTimestamp);
    return at >= from && at <= to && event.userAgent === "projectgitops";
  });
  const of = (wanted: (event: AuditEvent) => boolean) => seen.filter(wanted);
  const isEvent = ({ objectRef }: AuditEvent) => objectRef?.resource === "events";
  const isLease = ({ objectRef }: AuditEvent) => objectRef?.resource === "leases";
  const rest = of((event) => !isEvent(event) && !isLease(event));
  const isLook = ({ verb, objectRef }: AuditEvent) => verb === "get" && FLUX.has(objectRef?.resource ?? "");
  const work = rest.filter((event) => event.verb !== "list" && !isLook(event));
  const writes = work.filter(({ verb }) => verb !== "get");
  const begin = Math.min(
    ...writes.map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp)),
  );
  const end = Math.max(...writes.map(({ stageTimestamp }) => Date.parse(stageTimestamp)));
  return {
    work: count(work),
    lists: count(rest.filter(({ verb }) => verb === "list")),
    looks: rest.filter(isLook).length,
    events: of(isEvent).length,
    leases: of(isLease).length,
    span: writes.length > 0 ? end - begin : 0,
  };
}

const FLUX = new Set(["gitrepositories", "kustomizations", "helmreleases"]);

export const total = (counts: Counts): number => Object.values(counts).reduce((sum, each) => sum + each, 0);

function count(events: readonly AuditEvent[]): Counts {
  const counts: Counts = {};
  for (const { verb, objectRef } of events) {
    const resource = [objectRef?.resource, objectRef?.subresource].filter(Boolean).join("/");
    const key = `${verb} ${resource}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
