import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { allowed } from "../answers.ts";
import { Look } from "../diagnose/look.ts";
import { lastSeen, readEvents, timesTold } from "../events/read.ts";
import { idsOf } from "../tree/assemble.ts";
import { readManaged } from "../tree/read.ts";
import { reportCredential } from "./credential.ts";
import { type EventReport, type StatusReport, statusReport } from "./report.ts";

const LAST_EVENTS = 5;

/** Reads all that a project's status tells. What this person may not read is left out, or said so. */
export async function gatherStatus(client: BunK8sClient, project: ProjectGitOps): Promise<StatusReport> {
  const [sightings, credential, events] = await Promise.all([
    readManaged(client, idsOf(project), [project]),
    reportCredential(new Look(client, Date.now()), project),
    lastEvents(client, project),
  ]);
  return statusReport(project, sightings, credential, events);
}

async function lastEvents(client: BunK8sClient, project: ProjectGitOps): Promise<EventReport[]> {
  const found = await allowed(readEvents(client, [project]));
  return (found?.events ?? []).slice(-LAST_EVENTS).map(({ event, environment }) => ({
    lastSeen: lastSeen(event),
    type: event.type ?? "",
    reason: event.reason ?? "",
    environment: environment ?? null,
    object: `${event.regarding?.kind}/${event.regarding?.name}`,
    message: `${event.note ?? ""}${timesTold(event) > 1 ? ` (${timesTold(event)} times)` : ""}`,
  }));
}
