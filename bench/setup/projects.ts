import { API_VERSION, KIND } from "../../src/api/names.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey } from "../../src/git/index.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";

/** Environments of each project. */
export const ENVIRONMENTS = ["development", "staging", "production"] as const;

export interface Fleet {
  readonly namespace: string;
  readonly projectIds: readonly string[];
}

/** Names of a fleet; `letter` tells who will set it up, and names have the same length for all. */
export const fleet = (letter: string, count: number): Fleet => ({
  namespace: `bench-${letter}`,
  projectIds: Array.from({ length: count }, (_, i) => `${letter}${String(i).padStart(3, "0")}`),
});

/** The namespace, and a credential for each project. */
export async function prepare(admin: BunK8sClient, { namespace, projectIds }: Fleet): Promise<void> {
  await admin.createNamespace(namespace);
  const { privateKey } = makeSshKey("bench");
  await Promise.all(
    projectIds.map((id) => admin.createSecret(namespace, `${id}-git`, { identity: privateKey })),
  );
}

/** All projects at once, as one `kubectl apply` of a folder would, only faster. */
export const apply = (admin: BunK8sClient, { namespace, projectIds }: Fleet): Promise<ProjectGitOps[]> =>
  Promise.all(projectIds.map((id) => admin.create(PROJECTS, manifest(namespace, id))));

function manifest(namespace: string, projectId: string): ProjectGitOps {
  const spec = {
    projectId,
    git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: `${projectId}-git` } } },
    environments: ENVIRONMENTS.map((name) => ({ name })),
  };
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace, name: projectId },
    spec: spec as unknown as ProjectGitOps["spec"],
  };
}

/** Resolves when every project of the fleet satisfies `holds`. @throws Error after the deadline, with what is missing */
export async function untilAll(
  admin: BunK8sClient,
  { namespace, projectIds }: Fleet,
  holds: (project: ProjectGitOps) => boolean,
  deadlineMs = 300_000,
): Promise<void> {
  const left = new Set(projectIds);
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), deadlineMs);
  // A watch, because a list a moment would be a load of its own.
  for await (const event of admin.watch(PROJECTS, { namespace, signal: ending.signal })) {
    if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
    if (holds(event.object)) left.delete(event.object.metadata.name);
    if (left.size === 0) ending.abort();
  }
  clearTimeout(timer);
  if (left.size > 0)
    throw new Error(
      `${left.size} of ${projectIds.length} projects did not come so far: ${[...left].slice(0, 5).join(", ")}`,
    );
}

export const isCompleted = ({ status }: ProjectGitOps): boolean => status?.phase === "COMPLETED";
export const isReady = ({ status }: ProjectGitOps): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
export const isSealed = ({ metadata }: ProjectGitOps): boolean =>
  metadata.annotations?.["projectgitops.dev/completed"] !== undefined;
