import { readGeneratedState } from "../../src/api/generated.ts";
import { ANNOTATIONS, API_VERSION, generatedSecretName, KIND, namespaceName } from "../../src/api/names.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { type BunK8sClient, isNotFound, NAMESPACES, SECRETS } from "../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import type { GitHostProxy } from "./git-host.ts";
import type { Names } from "./requests.ts";

/** A project under trial, and the administrator's hands on it. */
export interface Subject extends Names {
  admin: BunK8sClient;
  /** Private keys: the credential at first, and the one that it is rotated to. */
  keys: readonly [string, string];
  /** How many environments the scenario is about. */
  environments: number;
  /** The git host, where the operator makes the credential itself. */
  host?: GitHostProxy;
}

/** One thing that happens to a project, from the moment a person does it to the state it leads to. */
export interface Scenario {
  /** How many environments it is tried with; default 1 and 3. */
  sizes?: readonly number[];
  /** The operator makes the credential itself; only the requests of that are to fail: the others have scenarios of their own. */
  generates?: true;
  /** Environments before it; none: the project is not there yet. */
  before(environments: number): readonly string[];
  /** What those are like; default without limits. */
  environment?(name: string): object;
  /** What a person does. */
  act(subject: Subject): Promise<unknown>;
  /** Whether the state is reached. @param project undefined when it is gone */
  isDone(subject: Subject, project: ProjectGitOps | undefined): boolean | Promise<boolean>;
}

/** Every environment that a trial of so many can have. */
export const ENVIRONMENTS = ["development", "staging", "production", "preview"] as const;
const first = (count: number): readonly string[] => ENVIRONMENTS.slice(0, count);

export const SCENARIOS: Record<string, Scenario> = {
  "set-up": {
    before: () => [],
    act: (subject) => createProject(subject, first(subject.environments)),
    isDone: (_subject, project) => isSettled(project),
  },
  change: {
    before: first,
    act: (subject) => patchSpec(subject, changedSpec(first(subject.environments))),
    isDone: (_subject, project) => isSettled(project),
  },
  "environment added": {
    before: first,
    act: (subject) => patchSpec(subject, { environments: first(subject.environments + 1).map(environment) }),
    isDone: (_subject, project) => isSettled(project),
  },
  "environment removed": {
    before: (environments) => first(environments + 1),
    act: (subject) => patchSpec(subject, { environments: first(subject.environments).map(environment) }),
    isDone: async (subject, project) => {
      const gone = namespaceName(subject.projectId, ENVIRONMENTS[subject.environments] ?? "");
      const known = project?.status?.inventory?.entries.some(({ id }) => id.includes(gone));
      return isSettled(project) && !known && (await isGone(subject.admin, gone));
    },
  },
  rotation: {
    before: first,
    act: ({ admin, platform, keys }) =>
      admin.patch(
        SECRETS,
        { namespace: platform, name: "git" },
        { data: secretData(keys[1]) },
        { type: "merge" },
      ),
    isDone: async (subject, project) => isSettled(project) && (await isRotated(subject)),
  },
  deletion: {
    before: first,
    act: ({ admin, platform, projectId }) => admin.delete(PROJECTS, { namespace: platform, name: projectId }),
    isDone: (_subject, project) => project === undefined,
  },
  "set-up with limits": {
    sizes: [1],
    before: () => [],
    act: (subject) => createProject(subject, first(subject.environments), limited),
    isDone: (_subject, project) => isSettled(project) && limitsIn(project) === 3,
  },
  "limits changed": {
    ...{ sizes: [1], before: first, environment: limited },
    act: (subject) => patchSpec(subject, { environments: first(subject.environments).map(tightened) }),
    isDone: (_subject, project) => isSettled(project) && limitsIn(project) === 3,
  },
  "limits taken away": {
    ...{ sizes: [1], before: first, environment: limited },
    act: (subject) => patchSpec(subject, { environments: first(subject.environments).map(environment) }),
    isDone: (_subject, project) => isSettled(project) && limitsIn(project) === 0,
  },
  "credential made": {
    ...{ sizes: [1], generates: true },
    before: () => [],
    act: (subject) => createProject(subject, first(subject.environments)),
    isDone: (subject, project) => isSettled(project) && isSingle(subject, project),
  },
  // Nobody proves the new one, for no Flux runs here: what is asked to be revoked goes at once.
  "credential replaced": {
    ...{ sizes: [1], generates: true },
    before: first,
    act: ({ admin, platform, projectId }) =>
      admin.patch(
        PROJECTS,
        { namespace: platform, name: projectId },
        { metadata: { annotations: { [ANNOTATIONS.revoke]: "leaked" } } },
        { type: "merge" },
      ),
    isDone: async (subject, project) =>
      isSettled(project) && (await isSingle(subject, project)) && (await isHandled(subject)),
  },
  "credential taken back": {
    ...{ sizes: [1], generates: true },
    before: first,
    act: ({ admin, platform, projectId }) => admin.delete(PROJECTS, { namespace: platform, name: projectId }),
    isDone: (_subject, project) => project === undefined,
  },
};

/** One credential is registered, and nothing more is to be done about it. */
async function isSingle({ host, projectId }: Subject, project: ProjectGitOps | undefined): Promise<boolean> {
  const keys = await host?.deployKeys(projectId);
  return keys?.length === 1 && project?.status?.credential?.failure === undefined;
}

async function isHandled({ admin, platform, projectId }: Subject): Promise<boolean> {
  const kept = await admin.get(SECRETS, { namespace: platform, name: generatedSecretName(projectId) });
  const state = readGeneratedState(kept.metadata?.annotations?.[ANNOTATIONS.generated]);
  return state?.revoke === "leaked" && state.next === undefined && state.previous === undefined;
}

export function createProject(
  { admin, platform, projectId, host }: Subject,
  environments: readonly string[],
  like: (name: string) => object = environment,
) {
  const given = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } };
  const spec = {
    projectId,
    git: { ...(host ? generated(host, projectId) : given), ref: { branch: "main" }, interval: "1m" },
    environments: environments.map(like),
  } as unknown as ProjectGitOps["spec"];
  return admin.create(PROJECTS, {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace: platform, name: projectId },
    spec,
  });
}

const generated = ({ address, host }: GitHostProxy, repository: string) => ({
  url: `ssh://git@${address.sshHost}/${address.owner}/${repository}.git`,
  knownHosts: address.knownHosts,
  credential: {
    generate: { provider: "gitea", apiURL: `https://${host}`, hostCredentialRef: { name: "gitea" } },
  },
});

export const secretData = (privateKey: string): Record<string, string> => ({
  identity: Buffer.from(privateKey).toString("base64"),
});

/** COMPLETED for this generation, and sealed: nothing more is to come. */
export const isSettled = (project: ProjectGitOps | undefined): boolean =>
  project?.status?.phase === "COMPLETED" &&
  project.status.observedGeneration === project.metadata.generation &&
  project.metadata.annotations?.["projectgitops.dev/completed"] !== undefined;

const environment = (name: string) => ({
  name,
  metadata: { labels: { team: "shop" }, annotations: { "example.com/cost": "42" } },
});

function limited(name: string): object {
  return {
    ...environment(name),
    resourceQuota: { hard: { pods: "10", secrets: "5" } },
    limitRange: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
    networkPolicy: { ingress: "OtherProjectsDenied", egress: "DNSAndGit" },
  };
}

/** Changes a field of each, and drops one. */
const tightened = (name: string): object => ({
  ...limited(name),
  resourceQuota: { hard: { pods: "5" } },
  limitRange: { limits: [{ type: "Container", max: { memory: "512Mi" } }] },
  networkPolicy: { ingress: "OtherNamespacesDenied" },
});

const limitsIn = (project: ProjectGitOps | undefined): number =>
  (project?.status?.inventory?.entries ?? []).filter(({ id }) =>
    /_(ResourceQuota|LimitRange|NetworkPolicy)$/.test(id),
  ).length;

/** Touches the Namespace, the GitRepository and the Kustomization, and drops a field of each. */
const changedSpec = (environments: readonly string[]) => ({
  git: { ref: { branch: null, tag: "v2.0.0" }, interval: "2m" },
  environments: environments.map((name) => ({
    name,
    metadata: { labels: { team: "web" } },
    path: "./deploy",
    prune: false,
  })),
});

const patchSpec = ({ admin, platform, projectId }: Subject, spec: object) =>
  admin.patch(PROJECTS, { namespace: platform, name: projectId }, { spec }, { type: "merge" });

async function isGone(admin: BunK8sClient, namespace: string): Promise<boolean> {
  try {
    await admin.get(NAMESPACES, { name: namespace });
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

/** Every environment has the new key, and its GitRepository is told of it. */
async function isRotated({ admin, platform, projectId, keys, environments }: Subject): Promise<boolean> {
  const source = await admin.get(SECRETS, { namespace: platform, name: "git" });
  const version = source.metadata?.resourceVersion;
  for (const name of first(environments)) {
    const namespace = namespaceName(projectId, name);
    const copy = await admin.get(SECRETS, { namespace, name: `${projectId}-git-auth` });
    if (copy.data?.["identity"] !== secretData(keys[1])["identity"]) return false;
    const repository = await admin.get(resourceOf("GitRepository"), { namespace, name: `${projectId}-repo` });
    const told = repository.metadata?.annotations?.["projectgitops.dev/credential-version"];
    if (told !== version) return false;
  }
  return true;
}
