import type { ResourceQuota } from "kubernetes-types/core/v1";
import { quotaName } from "../../../api/names.ts";
import { canonicalQuantity } from "../../../api/quantity.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { RESOURCE_QUOTAS } from "../../../kube/index.ts";
import { MANAGED_KINDS, type ManagedKind, plannedIds } from "../../../plan/index.ts";
import { QUOTA_EXCEEDED } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { reconcileCommand } from "./about.ts";
import { AGAIN, aboutRefused, type Refused, thenReconcile } from "./refusal.ts";
import type { Refuser } from "./server-words.ts";

/** One line of a quota that has no room for the objects of this project. */
interface FullLine {
  readonly resource: string;
  readonly used: string;
  readonly hard: string;
  /** The least that lets all of the project in. */
  readonly needed: number;
}

/** The quota that the server named, as it stands now. */
export async function quotaExceeded(
  look: Look,
  refused: Refused,
  { quota, said }: Extract<Refuser, { kind: "quota" }>,
): Promise<Found[]> {
  const { trouble, target, project } = refused;
  const { kind, namespace = "" } = trouble.object ?? {};
  const seen = await look.get(RESOURCE_QUOTAS, { namespace, name: quota });
  const full = seen.state === "found" && kind ? fullLines(seen.object, kind, namespace, project) : [];
  const isGone = seen.state !== "closed" && full.length === 0;
  if (isGone && refused.isOver) return [];
  return [
    found(QUOTA_EXCEEDED, {
      ...aboutRefused(refused),
      object: `ResourceQuota ${namespace}/${quota}`,
      what: `ResourceQuota ${quota} leaves no room for ${target}`,
      evidence:
        full.map(({ resource, used, hard }) => `${resource}: ${used} used of ${hard}`).join(", ") || said,
      cause: isGone
        ? `the quota had no room; ${AGAIN}`
        : `the environment ${trouble.object?.environment} needs more than the quota of its namespace allows`,
      fix: isGone
        ? reconcileCommand(project)
        : thenReconcile(raiseIn(project, trouble.object?.environment, quota, namespace, full), refused),
    }),
  ];
}

/** Lines of the quota that count this kind and have no room left. Pure. */
export function fullLines(
  { status }: ResourceQuota,
  kind: ManagedKind,
  namespace: string,
  project: ProjectGitOps,
): FullLine[] {
  const { group, plural } = MANAGED_KINDS[kind];
  const counting = [plural, group === "" ? `count/${plural}` : `count/${plural}.${group}`];
  const planned = plannedIds(project.spec).filter((id) => id.kind === kind && id.namespace === namespace);
  return counting.flatMap((resource) => {
    const hard = status?.hard?.[resource];
    const used = status?.used?.[resource] ?? "0";
    // These are counts, so plain numbers, save for a limit such as 1k.
    const room = Number(hard) - Number(used);
    if (hard === undefined || !(room < 1)) return [];
    return [{ resource, used, hard, needed: Number(used) + planned.length }];
  });
}

/** A quota of ours is put right within the resync interval: it is raised where it comes from. */
function raiseIn(
  project: ProjectGitOps,
  environment: string | undefined,
  quota: string,
  namespace: string,
  full: readonly FullLine[],
): string {
  const { metadata, spec } = project;
  if (quota !== quotaName(spec.projectId)) return raise(quota, namespace, full);
  const at = spec.environments.findIndex(({ name }) => name === environment);
  const own = spec.environments[at]?.resourceQuota?.hard ?? {};
  const isOwn = full.length > 0 && full.every(({ resource, hard }) => sameAmount(own[resource], hard));
  if (!isOwn) return OF_THE_OPERATOR;
  const operations = full.map(({ resource, needed }) => ({
    op: "replace",
    path: `/spec/environments/${at}/resourceQuota/hard/${resource.replaceAll("/", "~1")}`,
    value: String(needed),
  }));
  const patch = JSON.stringify(operations);
  return `kubectl patch pgops ${metadata.name} -n ${metadata.namespace} --type json -p '${patch}'`;
}

/** Shows where the file comes from: only whoever runs the operator can raise it there. */
const OF_THE_OPERATOR =
  "kubectl get deployment projectgitops -n projectgitops-system -o yaml | grep -i -A1 environment.defaults";

const sameAmount = (own: string | undefined, hard: string): boolean =>
  own !== undefined && canonicalQuantity(own) === canonicalQuantity(hard);

function raise(quota: string, namespace: string, full: readonly FullLine[]): string {
  if (full.length === 0) return `kubectl describe resourcequota ${quota} -n ${namespace}`;
  const hard = Object.fromEntries(full.map(({ resource, needed }) => [resource, String(needed)]));
  const patch = JSON.stringify({ spec: { hard } });
  return `kubectl patch resourcequota ${quota} -n ${namespace} --type merge -p '${patch}'`;
}
