import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { NAMESPACE_TERMINATING } from "../catalogue/set-up-removal.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type NamespaceCondition, type NamespaceObject, readNamespaces } from "../reads/namespaces.ts";
import { type Holder, readHolders } from "./holders.ts";

/** The namespace controller needs 5 s, and 10 s with Flux objects in it: before that nothing is stuck. */
const GRACE_MS = 15_000;

/** Why a Namespace does not go: conditions that are True while something is in the way. */
const HOLDING: ReadonlySet<string> = new Set([
  "NamespaceContentRemaining",
  "NamespaceFinalizersRemaining",
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionContentFailure",
]);

/** Namespaces that are going: what holds them, by their own conditions, and where the spec wants them that they go at all. */
export async function namespaceTerminating(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { planned, others } = await readNamespaces(look, project);
  const isWanted =
    project.metadata.deletionTimestamp === undefined && project.status?.setup?.outcome === undefined;
  const all = [
    ...[...planned].flatMap(([environment, seen]) =>
      seen.state === "found" ? [{ environment, object: seen.object, isWanted }] : [],
    ),
    ...others.map((object) => ({ environment: undefined, object, isWanted: false })),
  ];
  const stuck = all.filter(
    ({ object, isWanted }) =>
      isOurs(object, project) && isGoing(object) && (isWanted || isStuck(object, look.now)),
  );
  return Promise.all(
    stuck.map(async ({ environment, object }) =>
      terminating(project, environment, object, await readHolders(look, object)),
    ),
  );
}

const isOurs = ({ metadata }: NamespaceObject, project: ProjectGitOps): boolean =>
  metadata.annotations?.[ANNOTATIONS.ownerUid] === project.metadata.uid;

const isGoing = ({ metadata }: NamespaceObject): boolean => metadata.deletionTimestamp !== undefined;

const isStuck = (object: NamespaceObject, now: number): boolean =>
  holding(object).length > 0 && now - Date.parse(object.metadata.deletionTimestamp ?? "") > GRACE_MS;

const holding = ({ status }: NamespaceObject): NamespaceCondition[] =>
  (status?.conditions ?? []).filter(({ type, status }) => status === "True" && HOLDING.has(type));

function terminating(
  project: ProjectGitOps,
  environment: string | undefined,
  object: NamespaceObject,
  holders: readonly Holder[],
): Found {
  const { name, deletionTimestamp } = object.metadata;
  const conditions = holding(object);
  const [first] = holders;
  const more = holders.length > 1 ? ` and ${holders.length - 1} more` : "";
  const what = first
    ? `${first.kind} ${first.name}${more} in namespace ${name} keeps it from going`
    : `namespace ${name} is being deleted`;
  return found(NAMESPACE_TERMINATING, {
    project: projectKey(project.metadata),
    environment,
    object: `Namespace ${name}`,
    what,
    evidence:
      conditions.map(({ type, message }) => `${type}: ${message}`).join("; ") ||
      `deletionTimestamp: ${deletionTimestamp}`,
    cause: causeOf(first),
    fix: fixOf(name, holders, conditions),
    since: deletionTimestamp,
  });
}

const causeOf = (first: Holder | undefined): string =>
  first === undefined
    ? "nothing can be made in it; it is made again when it is gone"
    : `the finalizer ${first.finalizers.join(", ")} waits for its controller; where there is none any more, the command below takes it off`;

function fixOf(
  namespace: string,
  holders: readonly Holder[],
  conditions: readonly NamespaceCondition[],
): string {
  if (conditions.some(({ type }) => type === "NamespaceDeletionDiscoveryFailure"))
    return "kubectl get apiservices";
  if (holders.length === 0) return `kubectl wait --for=delete namespace/${namespace} --timeout=60s`;
  return holders
    .map(
      ({ resource, name }) =>
        `kubectl patch ${resource} ${name} -n ${namespace} --type merge -p '{"metadata":{"finalizers":null}}'`,
    )
    .join("\n");
}
