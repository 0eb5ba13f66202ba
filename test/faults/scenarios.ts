import { API_VERSION, KIND, namespaceName } from "../../src/api/names.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { type BunK8sClient, isNotFound, NAMESPACES, SECRETS } from "../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import type { Names } from "./requests.ts";

/** A project under trial, and the administrator's hands on it. */
export interface Subject extends Names {
  admin: BunK8sClient;
  /** Private keys: the credential at first, and the one that it is rotated to. */
  keys: readonly [string, string];
  /** How many environments the scenario is about. */
  environments: number;
}

/** One thing that happens to a project, from the moment a person does it to the state it leads to. */
export interface Scenario {
  /** Environments before it; none: the project is not there yet. */
  before(environments: number): readonly string[];
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
};

export function createProject({ admin, platform, projectId }: Subject, environments: readonly string[]) {
  const spec = {
    projectId,
    git: {
      url: "git@github.com:acme/shop.git",
      ref: { branch: "main" },
      interval: "1m",
      credential: { secretRef: { name: "git" } },
    },
    environments: environments.map(environment),
  } as unknown as ProjectGitOps["spec"];
  return admin.create(PROJECTS, {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace: platform, name: projectId },
    spec,
  });
}

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
