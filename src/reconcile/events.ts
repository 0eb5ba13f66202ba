import { API_VERSION, KIND } from "../api/names.ts";
import type { Condition, ProjectGitOps } from "../api/schema.ts";
import { type BunK8sClient, type CallOptions, EVENTS } from "../kube/index.ts";
import { type Change, writersOf } from "../machine/index.ts";
import { describe } from "../plan/index.ts";

/** What an event tells; on transitions only. */
export interface Announcement {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly note: string;
}

/** The transition from one status to the next, in one event; undefined when there was none. */
export function announcement(
  before: ProjectGitOps,
  after: ProjectGitOps,
  passed: readonly string[],
): Announcement | undefined {
  const [was, is] = [readyOf(before), readyOf(after)];
  const samePhase = before.status?.phase === after.status?.phase;
  if (is === undefined || (samePhase && was?.status === is.status && was.reason === is.reason))
    return undefined;
  const path = passed.length > 1 ? `${passed.join(" → ")}: ` : "";
  return {
    type: is.status === "False" ? "Warning" : "Normal",
    reason: samePhase ? is.reason : (PHASE_REASONS[after.status?.phase ?? ""] ?? is.reason),
    note: cut(`${path}${is.message}`),
  };
}

/** One event for everything that a pass has put right. */
export const driftRepaired = (notes: readonly string[]): Announcement => ({
  type: "Normal",
  reason: "DriftRepaired",
  note: `put right: ${notes.join("; ")}`.slice(0, NOTE_MAX),
});

/** The object, its fields, and who had changed them, by managedFields. */
export function repairNote({ desired, live, fields }: Change): string {
  const writers = [...new Set(fields.flatMap((path) => writersOf(live, path)))];
  return `${describe(desired)}: ${fields.join(", ")}${writers.length > 0 ? `, changed by ${writers.join(", ")}` : ""}`;
}

/** Best effort: an event that cannot be written fails nothing. */
export async function announce(
  client: BunK8sClient,
  project: ProjectGitOps,
  { type, reason, note }: Announcement,
  instance: string,
  now: Date,
  options: CallOptions,
): Promise<void> {
  const { namespace, name, uid, resourceVersion } = project.metadata;
  await client.create(
    EVENTS,
    {
      metadata: { namespace, name: `${name.slice(0, 200)}.${now.getTime().toString(16)}${suffix()}` },
      eventTime: now.toISOString().replace("Z", "000Z"),
      reportingController: "projectgitops.dev/projectgitops",
      reportingInstance: instance,
      action: "Reconcile",
      reason,
      note,
      type,
      regarding: {
        apiVersion: API_VERSION,
        kind: KIND,
        namespace,
        name,
        ...(uid ? { uid } : {}),
        ...(resourceVersion ? { resourceVersion } : {}),
      },
    },
    options,
  );
}

/** The API server's limit for a note, in bytes. A character that is cut through is dropped. */
const NOTE_MAX = 1024;

const cut = (text: string): string =>
  new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, NOTE_MAX), { stream: true });

const PHASE_REASONS: Record<string, string | undefined> = { COMPLETED: "Completed" };

const suffix = (): string =>
  Math.floor(Math.random() * 0xffff)
    .toString(16)
    .padStart(4, "0");

const readyOf = ({ status }: ProjectGitOps): Condition | undefined =>
  status?.conditions?.find(({ type }) => type === "Ready");
