import { ANNOTATIONS, LABELS, MANAGED_BY, namespaceName } from "../../../api/names.ts";
import { type ProjectGitOps, parseProject } from "../../../api/schema.ts";
import { environmentNamespace } from "../../../plan/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { INVALID_SPEC, NAMESPACE_MISSING, NESTED_PROJECT } from "../catalogue/set-up-conflict.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type NamespaceObject, ownerOf, readNamespace, readNamespaces } from "../reads/namespaces.ts";
import { aboutProject, reconcileCommand } from "./about.ts";

/** The spec by the rules of this version, whatever admission let through when it was written. */
export async function invalidSpec(_look: Look, project: ProjectGitOps): Promise<Found[]> {
  const parsed = parseProject(project);
  if (parsed.ok) return [];
  const { namespace, name } = project.metadata;
  const [first] = parsed.problems;
  const more = parsed.problems.length > 1 ? `, and ${parsed.problems.length - 1} more` : "";
  return [
    found(INVALID_SPEC, {
      ...aboutProject(project),
      what: `${name} cannot be set up as it is written: ${first?.path}${more}`,
      evidence: parsed.problems.map(({ path, message }) => `${path}: ${message}`).join("; "),
      cause: "admission refuses this today: the object is older than the CRD, or came past it",
      fix: `kubectl edit pgops ${name} -n ${namespace}`,
    }),
  ];
}

/** Whether the spec has at least the form of one: what stands in the cluster may be older than any rule. */
export function isReadable(project: ProjectGitOps): boolean {
  const { projectId, git, environments } = (project.spec ?? {}) as Partial<ProjectGitOps["spec"]>;
  const isNamed = (one: unknown): boolean => typeof (one as { name?: unknown } | null)?.name === "string";
  return (
    typeof projectId === "string" &&
    typeof git?.url === "string" &&
    Array.isArray(environments) &&
    environments.every(isNamed)
  );
}

/** A project that stands where another project's tenants may write. */
export async function nestedProject(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { namespace, name } = project.metadata;
  const home = await readNamespace(look, namespace);
  if (home.state !== "found" || !isManaged(home.object) || project.metadata.deletionTimestamp) return [];
  const owner = ownerOf(home.object.metadata);
  return [
    found(NESTED_PROJECT, {
      ...aboutProject(project),
      what: `${name} stands in namespace ${namespace}, which is managed for ProjectGitOps ${owner}`,
      evidence: `Namespace ${namespace} carries ${ANNOTATIONS.owner}: ${owner}`,
      cause: `who deploys into ${namespace} could otherwise make namespaces of their own: apply it again in a namespace that no project manages`,
      fix: `projectgitops delete ${name} -n ${namespace}`,
    }),
  ];
}

const isManaged = ({ metadata: { labels, annotations } }: NamespaceObject): boolean =>
  labels?.[LABELS.managedBy] === MANAGED_BY &&
  Boolean(annotations?.[ANNOTATIONS.owner] && annotations[ANNOTATIONS.ownerUid]);

/** A Namespace under a name of the spec's own choice is adopted, and never created. */
export async function namespaceMissing(look: Look, project: ProjectGitOps): Promise<Found[]> {
  if (project.metadata.deletionTimestamp) return [];
  const { projectId, environments } = project.spec;
  const { planned } = await readNamespaces(look, project);
  return environments.flatMap((environment) => {
    const name = environmentNamespace(project.spec, environment);
    const isChosen = name !== namespaceName(projectId, environment.name);
    if (!isChosen || planned.get(environment.name)?.state !== "missing") return [];
    return [
      found(NAMESPACE_MISSING, {
        project: projectKey(project.metadata),
        environment: environment.name,
        object: `Namespace ${name}`,
        what: `namespace ${name}, which ${environment.name} names, is not there`,
        evidence: `spec.environments[].namespace of ${environment.name} is ${name}, and the API server knows no such Namespace`,
        cause: "a namespace under a name of your own choice is taken over, and never created",
        fix: `kubectl create namespace ${name}\nkubectl label namespace ${name} ${LABELS.adopt}=${projectId}\n${reconcileCommand(project)}`,
      }),
    ];
  });
}
