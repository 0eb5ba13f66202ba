import type { EndpointSlice } from "kubernetes-types/discovery/v1";
import { LABELS, MANAGED_BY } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { defineResource, SERVICES } from "../../../kube/index.ts";
import { environmentNamespace, KINDS, MANAGED_KINDS, type ManagedKind } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { WEBHOOK_NOT_ANSWERING } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readNamespaces } from "../reads/namespaces.ts";
import { type RegisteredWebhook, readWebhooks, type WebhookRule } from "../reads/webhooks.ts";
import { selects } from "../selects.ts";
import { reconcileCommand } from "./about.ts";

const ENDPOINT_SLICES = defineResource<EndpointSlice>({
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
});

/** Webhooks that must be asked about this project's objects, and that nobody stands behind. */
export async function webhookNotAnswering(look: Look, project: ProjectGitOps): Promise<Found[]> {
  if (isSettled(project)) return [];
  const [webhooks, labels] = await Promise.all([readWebhooks(look), labelsOf(look, project)]);
  const asked = (webhooks ?? []).filter((one) => mustBeAsked(one, project, labels));
  const silent = await Promise.all(asked.map(async (one) => ({ one, why: await silence(look, one) })));
  return silent.flatMap(({ one, why }) => (why === undefined ? [] : [notAnswering(project, one, why)]));
}

/** The operator has nothing to write: a broken webhook does no harm now. */
const isSettled = (project: ProjectGitOps): boolean =>
  project.status?.observedGeneration === project.metadata.generation &&
  conditionOf(project, "Ready")?.status === "True";

type Labels = Readonly<Record<string, string>>;

/** Labels of each environment's Namespace; of one that is not there those it will have. */
async function labelsOf(look: Look, project: ProjectGitOps): Promise<Labels[]> {
  const { planned } = await readNamespaces(look, project);
  const { spec } = project;
  return spec.environments.map((environment) => {
    const seen = planned.get(environment.name);
    const name = { "kubernetes.io/metadata.name": environmentNamespace(spec, environment) };
    const own = {
      ...ownLabels(project),
      [LABELS.environment]: environment.name,
      ...environment.metadata?.labels,
    };
    return { ...name, ...(seen?.state === "found" ? seen.object.metadata.labels : own) };
  });
}

const ownLabels = ({ spec }: ProjectGitOps): Labels => ({
  [LABELS.managedBy]: MANAGED_BY,
  [LABELS.project]: spec.projectId,
});

/** Conditions in CEL are not judged: a webhook that has some is taken for one that may be asked. */
function mustBeAsked(
  { webhook }: RegisteredWebhook,
  project: ProjectGitOps,
  labels: readonly Labels[],
): boolean {
  if (webhook.failurePolicy === "Ignore" || webhook.clientConfig.service === undefined) return false;
  const isOfOurKinds = (webhook.rules ?? []).some((rule) => KINDS.some((kind) => matches(rule, kind)));
  return (
    isOfOurKinds &&
    labels.some(
      (one) =>
        selects(webhook.namespaceSelector, one) &&
        selects(webhook.objectSelector, {
          ...ownLabels(project),
          [LABELS.environment]: one[LABELS.environment] ?? "",
        }),
    )
  );
}

function matches(
  { apiGroups = [], resources = [], operations = [] }: WebhookRule,
  kind: ManagedKind,
): boolean {
  const { group, plural } = MANAGED_KINDS[kind];
  const has = (list: readonly string[], ...values: string[]) => list.some((one) => values.includes(one));
  return (
    has(apiGroups, group, "*") &&
    has(resources, plural, "*", "*/*") &&
    has(operations, "CREATE", "UPDATE", "*")
  );
}

/** Undefined where somebody can answer, or where this person may not look. */
async function silence(look: Look, { webhook }: RegisteredWebhook): Promise<string | undefined> {
  const { namespace = "", name = "" } = webhook.clientConfig.service ?? {};
  const service = await look.get(SERVICES, { namespace, name });
  if (service.state === "missing") return `Service ${namespace}/${name} does not exist`;
  const labelSelector = `kubernetes.io/service-name=${name}`;
  const slices = await look.list(ENDPOINT_SLICES, { namespace, labelSelector });
  if (slices === undefined || service.state === "closed") return undefined;
  const isReady = slices.some(({ endpoints }) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  );
  return isReady ? undefined : `Service ${namespace}/${name} has no endpoint that is ready`;
}

function notAnswering(
  project: ProjectGitOps,
  { kind, configuration, webhook }: RegisteredWebhook,
  why: string,
): Found {
  const { namespace = "", name = "" } = webhook.clientConfig.service ?? {};
  const isUninstalled = why.endsWith("does not exist");
  return found(WEBHOOK_NOT_ANSWERING, {
    project: projectKey(project.metadata),
    object: `${kind} ${configuration}`,
    what: `the admission webhook ${webhook.name} must be asked, and nobody answers`,
    evidence: `${why}; failurePolicy is ${webhook.failurePolicy ?? "Fail"}`,
    cause: isUninstalled
      ? "it was left behind when its program was uninstalled: the API server refuses every write that it matches"
      : "its program does not run: the API server refuses every write that it matches",
    fix: isUninstalled
      ? `kubectl delete ${kind.toLowerCase()} ${configuration}\n${reconcileCommand(project)}`
      : `kubectl describe service ${name} -n ${namespace}`,
  });
}
