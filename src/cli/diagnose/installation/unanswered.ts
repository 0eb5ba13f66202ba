import type { Milliseconds } from "../../../api/duration.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { DEFAULTS, pollOverdueAfter } from "../../../runtime/settings.ts";
import { PROJECT_UNANSWERED } from "../catalogue/installation-operator.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type OperatorDeployment, operatorDeployments } from "../reads/operators.ts";
import { requestedSince, writtenAt } from "../reads/written.ts";

/** What of a project has no answer yet. */
export interface Unanswered {
  readonly text: string;
  /** RFC 3339; undefined where nothing tells. */
  readonly since: string | undefined;
}

/** Whether no operator has answered this version of the project, or a request for a look, for far too long. */
export async function projectUnanswered(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const unanswered = unansweredOf(project);
  if (unanswered === undefined) return [];
  const deployments = (await operatorDeployments(look)) ?? [];
  if (!isOverdue(unanswered, look.now, slowest(deployments))) return [];
  const { namespace, name } = project.metadata;
  const elsewhere = looksElsewhere(deployments, namespace);
  const [operator] = deployments;
  return [
    found(PROJECT_UNANSWERED, {
      project: projectKey(project.metadata),
      object: `ProjectGitOps ${namespace}/${name}`,
      what: `no operator looks at ${name}`,
      evidence: unanswered.text,
      cause: elsewhere && `${elsewhere.object} looks at namespace ${elsewhere.settings.scope} only`,
      fix:
        operator === undefined
          ? "projectgitops check"
          : `kubectl logs -n ${operator.namespace} deployment/${operator.name} --tail=50`,
      since: unanswered.since,
    }),
  ];
}

/** Pure; undefined where an operator has seen the project as it is now. */
export function unansweredOf(project: ProjectGitOps): Unanswered | undefined {
  const { metadata, spec, status } = project;
  if ((status?.observedGeneration ?? -1) !== metadata.generation) {
    const seen = status?.observedGeneration ?? -1;
    return {
      text: `generation ${metadata.generation}, the operator has seen ${seen < 0 ? "none" : seen}`,
      since: writtenAt(project),
    };
  }
  const requestedAt = metadata.annotations?.[ANNOTATIONS.requestedAt];
  // Suspended, it is not looked at, whoever asks.
  if (!requestedAt || spec.suspend === true || status?.lastHandledReconcileAt === requestedAt)
    return undefined;
  return {
    text: `asked for a look by ${ANNOTATIONS.requestedAt}: ${requestedAt}, last handled ${status?.lastHandledReconcileAt ?? "none"}`,
    since: requestedSince(requestedAt, project),
  };
}

/** Twice what makes an operator not ready: clocks differ, and it may have had much else to do. */
export function isOverdue(
  { since }: Unanswered,
  now: Milliseconds,
  pollInterval: Milliseconds = DEFAULTS.pollInterval,
): boolean {
  return since !== undefined && now - Date.parse(since) > 2 * pollOverdueAfter(pollInterval);
}

const slowest = (deployments: readonly OperatorDeployment[]): Milliseconds =>
  Math.max(DEFAULTS.pollInterval, ...deployments.map(({ settings }) => settings.pollInterval));

/** The operator that there is, where all that there are look at other namespaces. */
function looksElsewhere(
  deployments: readonly OperatorDeployment[],
  namespace: string,
): OperatorDeployment | undefined {
  const looks = ({ settings: { scope } }: OperatorDeployment) => scope === undefined || scope === namespace;
  return deployments.some(looks) ? undefined : deployments[0];
}
