import type { Event } from "kubernetes-types/events/v1";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, EVENTS } from "../../kube/index.ts";
import { homeNamespace, isFlux } from "../../plan/index.ts";
import { projectKey } from "../../reconcile/resources.ts";
import { allowed } from "../answers.ts";
import { idsOf } from "../tree/assemble.ts";

/** Events of projects and of their Flux objects, the newest last; and the namespaces that may not be looked into. */
export interface FoundEvents {
  events: FoundEvent[];
  closed: string[];
}

export interface FoundEvent {
  event: Event;
  /** `namespace/name`. */
  project: string;
  /** Of a Flux object; undefined for the project itself, and for what the spec no longer names. */
  environment: string | undefined;
}

/** @throws K8sApiError where the events beside a project may not be read */
export async function readEvents(
  client: BunK8sClient,
  projects: readonly ProjectGitOps[],
): Promise<FoundEvents> {
  // Of many projects a few lists of the whole cluster are the cheaper way, where this person may.
  const all = projects.length > 1 ? await allowed(readAll(client, projects)) : undefined;
  if (all !== undefined) return inOrder([all]);
  return inOrder(await Promise.all(projects.map((project) => readOf(client, project))));
}

function inOrder(found: readonly FoundEvents[]): FoundEvents {
  const events = found.flatMap(({ events }) => events);
  return {
    events: events.toSorted((a, b) => lastSeen(a.event).localeCompare(lastSeen(b.event))),
    closed: [...new Set(found.flatMap(({ closed }) => closed))],
  };
}

const REGARDED = [KIND, "GitRepository", "Kustomization", "HelmRelease"];

async function readAll(client: BunK8sClient, projects: readonly ProjectGitOps[]): Promise<FoundEvents> {
  const owners = ownersOf(projects);
  const lists = await Promise.all(
    REGARDED.map((kind) => client.list(EVENTS, { fieldSelector: `regarding.kind=${kind}` })),
  );
  return { events: lists.flatMap(({ items }) => of(owners, items)), closed: [] };
}

async function readOf(client: BunK8sClient, project: ProjectGitOps): Promise<FoundEvents> {
  const owners = ownersOf([project]);
  const { namespace, name } = project.metadata;
  const fieldSelector = `regarding.kind=${KIND},regarding.name=${name}`;
  const homes = new Set(fluxIdsOf(project).map(homeNamespace));
  const closed: string[] = [];
  const lists = await Promise.all([
    client.list(EVENTS, { namespace, fieldSelector }).then(({ items }) => items),
    ...[...homes].map(async (home) => {
      const list = await allowed(client.list(EVENTS, { namespace: home }));
      if (list === undefined) closed.push(home);
      return list?.items ?? [];
    }),
  ]);
  return { events: of(owners, lists.flat()), closed };
}

const fluxIdsOf = (project: ProjectGitOps) => idsOf(project).filter(({ kind }) => isFlux(kind));

type Owners = ReadonlyMap<string, Pick<FoundEvent, "project" | "environment">>;

const ownersOf = (projects: readonly ProjectGitOps[]): Owners =>
  new Map(
    projects.flatMap((one) => {
      const project = projectKey(one.metadata);
      return [
        [`${KIND}/${project}`, { project, environment: undefined }] as const,
        ...fluxIdsOf(one).map(
          ({ kind, namespace, name, environment }) =>
            [`${kind}/${namespace}/${name}`, { project, environment }] as const,
        ),
      ];
    }),
  );

const of = (owners: Owners, events: readonly Event[]): FoundEvent[] =>
  events.flatMap((event) => {
    const { kind, namespace, name } = event.regarding ?? {};
    const owner = owners.get(`${kind}/${namespace}/${name}`);
    return owner === undefined ? [] : [{ event, ...owner }];
  });

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
