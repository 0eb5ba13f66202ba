import { LABELS, MANAGED_SELECTOR } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import {
  type BunK8sClient,
  isNotFound,
  type KubeObject,
  type Ref,
  type ResourceType,
} from "../../kube/index.ts";
import type { ManagedKind, ObjectId } from "../../plan/index.ts";
import { refOf, resourceOf } from "../../reconcile/resources.ts";
import { allowed, orNone } from "../answers.ts";
import { Sightings } from "./sighting.ts";

/**
 * Looks for these objects: one list a kind, then a read of each that no list showed (it lacks our label, or this
 * person may not list). Secrets are never read in full. What may not be looked at stays unknown.
 */
export async function readManaged(
  client: BunK8sClient,
  ids: readonly ObjectId[],
  projects: readonly ProjectGitOps[],
): Promise<Sightings> {
  const sightings = new Sightings();
  const kinds = [...new Set(ids.map(({ kind }) => kind))];
  const selector = selectorOf(projects);
  await Promise.all(
    kinds.map(async (kind) => {
      const objects = await allowed(orNone(listOf(client, kind, selector)));
      for (const object of objects ?? []) {
        const { namespace = "", name = "" } = object.metadata ?? {};
        sightings.set({ kind, namespace, name }, { state: "found", object });
      }
      // Of many projects, what may not be listed is not asked for one by one.
      if (objects === undefined && projects.length > 1) return;
      const open = ids.filter((id) => id.kind === kind && !sightings.has(id));
      // So many are not read one by one: what no list shows is not there under our label.
      if (open.length > MOST_READS) for (const id of open) sightings.set(id, { state: "missing" });
      else await Promise.all(open.map((id) => look(client, id, sightings)));
    }),
  );
  return sightings;
}

const MOST_READS = 200;

async function look(client: BunK8sClient, id: ObjectId, sightings: Sightings): Promise<void> {
  try {
    const object = await allowed(readOf(client, id.kind, refOf(id)));
    sightings.set(id, object === undefined ? { state: "unknown" } : { state: "found", object });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    sightings.set(id, { state: "missing" });
  }
}

const selectorOf = ([project, ...others]: readonly ProjectGitOps[]): string =>
  project === undefined || others.length > 0
    ? MANAGED_SELECTOR
    : `${MANAGED_SELECTOR},${LABELS.project}=${project.spec.projectId}`;

/** Kinds whose content the tree tells something of; of the others names are enough. */
const IN_FULL: ReadonlySet<ManagedKind> = new Set([
  "RoleBinding",
  "GitRepository",
  "Kustomization",
  "HelmRelease",
]);

async function listOf(client: BunK8sClient, kind: ManagedKind, labelSelector: string): Promise<KubeObject[]> {
  const resource = resourceOf(kind);
  if (kind === "Secret") return secretsOf(client, resource, labelSelector);
  const list = IN_FULL.has(kind)
    ? await client.list(resource, { labelSelector })
    : await client.listMetadata(resource, { labelSelector });
  return list.items;
}

/** The table form tells a Secret's type without its data. */
async function secretsOf(
  client: BunK8sClient,
  resource: ResourceType,
  labelSelector: string,
): Promise<KubeObject[]> {
  const { columnDefinitions, rows } = await client.listTable(resource, { labelSelector });
  const column = columnDefinitions.findIndex(({ name }) => name === "Type");
  return rows.map(({ cells, object }) => ({ ...object, type: String(cells[column] ?? "") }));
}

const readOf = (client: BunK8sClient, kind: ManagedKind, ref: Ref): Promise<KubeObject> =>
  IN_FULL.has(kind) ? client.get(resourceOf(kind), ref) : client.getMetadata(resourceOf(kind), ref);
