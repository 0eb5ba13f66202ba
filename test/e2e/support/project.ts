import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { CONFIG_MAPS, isNotFound } from "../../../src/kube/index.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import {
  condition,
  getProject,
  need,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilProject,
} from "../../api/support/scope.ts";
import { eventually, type GitRemote } from "../../cluster/index.ts";
import { appFiles } from "./app.ts";
import { type Stack, sharedStack } from "./stack.ts";

/** A namespace and operator of the test's own, on the shared stack. */
export type E2e = Scope & Stack;

export async function openE2e(args: string[] = []): Promise<E2e> {
  const stack = await sharedStack();
  return { ...stack, ...(await openScope({ cluster: stack.cluster, args })) };
}

/** A project with its repository on the git host: the project's name, its projectId and the repository's are one. */
export interface App {
  id: string;
  repository: GitRemote;
  /** Commit that was pushed first. */
  commit: string;
}

/** Makes a repository with the application's overlays for these environments. */
export async function giveRepository(
  e2e: E2e,
  environments: string[],
  options: { private?: boolean } = {},
): Promise<App> {
  const id = uniqueProject();
  const repository = await e2e.gitea.createRepository(id, options);
  const commit = await repository.push(appFiles("one", environments), { message: "first" });
  return { id, repository, commit };
}

/** Registers a new deploy key and stores it as Secret `<id>-git`; resolves to the key's id on the git host. */
export async function giveDeployKey(e2e: E2e, { id }: App): Promise<number> {
  const { privateKey, publicKey } = makeSshKey(id);
  const key = await e2e.gitea.api.addDeployKey(id, publicKey);
  await e2e.admin.createSecret(e2e.namespace, `${id}-git`, {
    identity: privateKey,
    known_hosts: e2e.gitea.knownHosts,
  });
  return key;
}

/** Puts another private key into the Secret of `giveDeployKey`. */
export async function replaceKey(e2e: E2e, { id }: App, privateKey: string): Promise<void> {
  const ref = { namespace: e2e.namespace, name: `${id}-git` };
  const data = { identity: Buffer.from(privateKey).toString("base64") };
  await e2e.admin.patch(SECRETS, ref, { data }, { type: "merge" });
}

/** The environment's GitRepository or Kustomization as it is in the cluster. */
export function fluxObject(
  e2e: E2e,
  { id }: App,
  kind: "GitRepository" | "Kustomization",
  environment = "development",
): Promise<LiveObject> {
  const name = kind === "GitRepository" ? `${id}-repo` : `${id}-${environment}`;
  return need(e2e.admin, kind, `project-${id}-${environment}`, name);
}

/** The spec of a project that is fetched by SSH with the key of `giveDeployKey`. */
export function overSsh(e2e: E2e, { id }: App, interval = "10s"): ProjectGitOpsSpecInput["git"] {
  return { url: e2e.gitea.sshUrl(id), interval, credential: { secretRef: { name: `${id}-git` } } };
}

export function applyProject(
  e2e: E2e,
  { id }: App,
  spec: Partial<ProjectGitOpsSpecInput>,
): Promise<ProjectGitOps> {
  return e2e.admin.create(PROJECTS, projectObject(e2e.namespace, id, spec));
}

/** Waits until Ready is True for the current generation. */
export function untilReady(e2e: E2e, { id }: App): Promise<ProjectGitOps> {
  return untilProject(
    e2e,
    id,
    (project) =>
      readyOf(project) === "True" && project.status?.observedGeneration === project.metadata.generation,
    "is Ready",
  );
}

/** Waits until Ready is not True and its message matches. */
export function untilComplaint(e2e: E2e, { id }: App, message: RegExp): Promise<ProjectGitOps> {
  return untilProject(
    e2e,
    id,
    (project) => readyOf(project) === "False" && message.test(condition(project, "Ready")?.message ?? ""),
    `complains of ${message}`,
  );
}

export const readyOf = (project: ProjectGitOps) => condition(project, "Ready")?.status;

/** The workload as it is deployed in an environment's namespace; undefined where it is not. */
export async function workload(
  e2e: E2e,
  { id }: App,
  environment: string,
): Promise<Record<string, string> | undefined> {
  try {
    const ref = { namespace: `project-${id}-${environment}`, name: "app" };
    return (await e2e.admin.get(CONFIG_MAPS, ref)).data;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits until the environment's workload says this greeting. */
export async function untilDeployed(
  e2e: E2e,
  app: App,
  environment: string,
  greeting: string,
): Promise<void> {
  await eventually(async () => (await workload(e2e, app, environment))?.["greeting"] === greeting, {
    description: `${environment} of ${app.id} says ${greeting}`,
    deadlineMs: 30_000,
  });
}

/** Deletes the project and waits until it and all its namespaces are gone. */
export async function deleteProject(e2e: E2e, { id }: App, environments: string[]): Promise<void> {
  await e2e.admin.delete(PROJECTS, { namespace: e2e.namespace, name: id });
  await eventually(() => isGone(e2e.admin.get(PROJECTS, { namespace: e2e.namespace, name: id })), {
    description: `${id} is gone`,
    deadlineMs: 60_000,
  });
  for (const environment of environments) await untilNamespaceIsGone(e2e, { id }, environment);
}

export async function untilNamespaceIsGone(
  e2e: E2e,
  { id }: Pick<App, "id">,
  environment: string,
): Promise<void> {
  await eventually(() => isGone(e2e.admin.getNamespace(`project-${id}-${environment}`)), {
    description: `the namespace of ${environment} is gone`,
    deadlineMs: 60_000,
  });
}

/** As `flux suspend kustomization` does; resolves when the operator has seen it. */
export async function suspendDelivery(e2e: E2e, { id }: App, environment: string): Promise<void> {
  const ref = { namespace: `project-${id}-${environment}`, name: `${id}-${environment}` };
  await e2e.admin.patch(resourceOf("Kustomization"), ref, { spec: { suspend: true } }, { type: "merge" });
  await untilProject(
    e2e,
    id,
    ({ status }) =>
      status?.environments?.find(({ name }) => name === environment)?.delivery?.suspended === true,
    `shows ${environment} as suspended`,
  );
}

/** True when the read is answered with 404. */
export async function isGone(read: Promise<unknown>): Promise<boolean> {
  try {
    await read;
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

export { condition, getProject, PROJECTS };
