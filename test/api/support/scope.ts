import { API_VERSION, KIND } from "../../../src/api/names.ts";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { BunK8sClient, isNotFound, NAMESPACES, SECRETS } from "../../../src/kube/index.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { type ManagedKind, type ObjectId, plannedIds } from "../../../src/plan/index.ts";
import { asLive, PROJECTS, refOf, resourceOf } from "../../../src/reconcile/index.ts";
import {
  type Cluster,
  eventually,
  type Operator,
  type OperatorOptions,
  sharedCluster,
  startOperator,
  uniqueName,
} from "../../cluster/index.ts";

/** A namespace of its own with an operator that looks only there, and an administrator for what the test does. */
export interface Scope {
  cluster: Cluster;
  admin: BunK8sClient;
  namespace: string;
  /** The one that runs now. */
  operator: Operator;
  /** Starts another with the same arguments; the one before has to have ended. */
  restart(): Promise<Operator>;
  stop(): Promise<void>;
}

export const FAST = ["--poll-interval", "200ms", "--resync-interval", "1s"];

export async function openScope(options: OperatorOptions & { cluster?: Cluster } = {}): Promise<Scope> {
  const cluster = options.cluster ?? (await sharedCluster());
  const admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  const namespace = uniqueName("platform");
  await admin.createNamespace(namespace);
  const args = [...FAST, "--namespace", namespace, ...(options.args ?? [])];
  const start = () => startOperator(cluster, { ...options, args });
  const scope: Scope = {
    cluster,
    admin,
    namespace,
    operator: await start(),
    restart: async () => {
      scope.operator = await start();
      return scope.operator;
    },
    stop: async () => {
      await scope.operator.stop();
      admin.close();
    },
  };
  return scope;
}

/** A short projectId that no other test uses. */
export const uniqueProject = (): string => `p${crypto.randomUUID().slice(0, 8)}`;

export function projectObject(
  namespace: string,
  projectId: string,
  spec: Partial<ProjectGitOpsSpecInput> = {},
): ProjectGitOps {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace, name: projectId },
    spec: {
      projectId,
      git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } },
      environments: [{ name: "development" }, { name: "staging" }, { name: "production" }],
      ...spec,
    } as ProjectGitOps["spec"],
  };
}

/** A Secret `git` with an SSH key made on the spot, unless it is there. */
export async function giveCredential(
  { admin, namespace }: Pick<Scope, "admin" | "namespace">,
  name = "git",
): Promise<void> {
  const { privateKey } = makeSshKey("test");
  await admin.createSecret(namespace, name, { identity: privateKey });
}

export const getProject = (
  { admin, namespace }: Pick<Scope, "admin" | "namespace">,
  name: string,
): Promise<ProjectGitOps> => admin.get(PROJECTS, { namespace, name });

/** Waits until the status says so, and returns the project. */
export function untilProject(
  scope: Scope,
  name: string,
  holds: (project: ProjectGitOps) => boolean,
  description: string,
): Promise<ProjectGitOps> {
  let last: ProjectGitOps | undefined;
  return eventually(
    async () => {
      last = await getProject(scope, name);
      return holds(last) ? last : undefined;
    },
    { description: `${name} ${description}`, deadlineMs: 30_000 },
  ).catch((error: Error) => {
    throw new Error(
      `${error.message}\n  project: ${Bun.inspect(last?.status, { depth: 6 })}\n  operator: ${scope.operator.output().slice(-2000)}`,
    );
  });
}

export const untilPhase = (scope: Scope, name: string, phase: string): Promise<ProjectGitOps> =>
  untilProject(scope, name, ({ status }) => status?.phase === phase, `is ${phase}`);

export const condition = (project: ProjectGitOps, type: string) =>
  project.status?.conditions?.find((one) => one.type === type);

/** The object, or undefined on 404. */
export async function find(admin: BunK8sClient, id: ObjectId): Promise<LiveObject | undefined> {
  try {
    return asLive(await admin.get(resourceOf(id.kind), refOf(id)));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export async function need(
  admin: BunK8sClient,
  kind: ManagedKind,
  namespace: string,
  name: string,
): Promise<LiveObject> {
  const found = await find(admin, { kind, namespace, name });
  if (!found) throw new Error(`${kind} ${namespace}/${name} is not there`);
  return found;
}

/** Names of all objects that a project's spec leads to. */
export const idsOf = (project: ProjectGitOps): (ObjectId & { environment: string })[] =>
  plannedIds(project.spec);

export { NAMESPACES, PROJECTS, SECRETS };
