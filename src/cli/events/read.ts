import type { Event } from "kubernetes-types/events/v1";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, EVENTS } from "../../kube/index.ts";
import { homeNamespace, isFlux } from "../../plan/index.ts";
import { idsOf } from "../tree/assemble.ts";
import { allowed } from "../tree/read.ts";

/** Events of a project and of its Flux objects, the newest last; and the namespaces that may not be looked into. */
export interface FoundEvents {
  events: FoundEvent[];
  closed: string[];
}

export interface FoundEvent {
  event: Event;
  /** Of a Flux object; undefined for the project itself, and for what the spec no longer names. */
  environment: string | undefined;
}

/** @throws K8sApiError where the events beside the project may not be read */
export async function readEvents(client: BunK8sClient, project: ProjectGitOps): Promise<FoundEvents> {
  const { namespace, name } = project.metadata;
  const flux = idsOf(project).filter(({ kind }) => isFlux(kind));
  const environments = new Map(flux.map((id) => [`${id.kind}/${id.namespace}/${id.name}`, id.environment]));
  const fieldSelector = `regarding.kind=${KIND},regarding.name=${name}`;
  const closed: string[] = [];
  const lists = await Promise.all([
    client
      .list(EVENTS, { namespace, fieldSelector })
      .then(({ items }) => items.map((event) => ({ event, environment: undefined }))),
    ...[...new Set(flux.map(homeNamespace))].map(async (home) => {
      const list = await allowed(client.list(EVENTS, { namespace: home }));
      if (list === undefined) closed.push(home);
      return (list?.items ?? []).flatMap((event) => {
        const { kind, namespace, name } = event.regarding ?? {};
        const key = `${kind}/${namespace}/${name}`;
        return environments.has(key) ? [{ event, environment: environments.get(key) }] : [];
      });
    }),
  ]);
  const events = lists.flat().toSorted((a, b) => lastSeen(a.event).localeCompare(lastSeen(b.event)));
  return { events, closed };
}

/** When it was told last, in the form of RFC 3339; writers use different fields for it. "" where none did. */
export function lastSeen({ series, deprecatedLastTimestamp, eventTime, metadata }: Event): string {
  const time =
    series?.lastObservedTime ?? deprecatedLastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "";
  // With microseconds or without: only one form sorts.
  return time === "" ? "" : new Date(time).toISOString();
}

/** Changes whenever the event is told again. */
export const eventKey = ({ event: { metadata } }: FoundEvent): string =>
  `${metadata?.uid}/${metadata?.resourceVersion}`;

/** How often it was told. */
export const timesTold = ({ series, deprecatedCount }: Event): number =>
  series?.count ?? deprecatedCount ?? 1;
