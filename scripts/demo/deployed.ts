import { deliveryName } from "../../src/api/names.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { shortRevision } from "../../src/cli/project-row.ts";
import { type BunK8sClient, CONFIG_MAPS, isNotFound, type KubeObject } from "../../src/kube/index.ts";
import { environmentNamespace } from "../../src/plan/index.ts";
import { PROJECTS, projectRef, resourceOf } from "../../src/reconcile/index.ts";
import { happened, waiting } from "./screen.ts";
import { NotCompleted } from "./stages.ts";

const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 120_000;

interface Applied extends KubeObject {
  status?: { lastAppliedRevision?: string };
}

/** Environment to the revision that Flux applied there last, whole; "" where it has not. */
export async function appliedRevisions(
  client: BunK8sClient,
  { spec }: ProjectGitOps,
): Promise<Map<string, string>> {
  const found = await Promise.all(
    spec.environments.map(async (environment) => {
      const ref = {
        namespace: environmentNamespace(spec, environment),
        name: deliveryName(spec.projectId, environment.name),
      };
      const reading = client.get(resourceOf("Kustomization"), ref);
      const found: Applied | undefined = await reading.catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      return [environment.name, found?.status?.lastAppliedRevision ?? ""] as const;
    }),
  );
  return new Map(found);
}

/** The greeting that is deployed in each environment's namespace. */
export async function greetings(
  client: BunK8sClient,
  { spec }: ProjectGitOps,
): Promise<Record<string, string | undefined>> {
  const found = await Promise.all(
    spec.environments.map(async (environment) => {
      const ref = { namespace: environmentNamespace(spec, environment), name: "shop" };
      const { data } = await client.get(CONFIG_MAPS, ref);
      return [environment.name, data?.["greeting"]] as const;
    }),
  );
  return Object.fromEntries(found);
}

/**
 * Prints each of these environments when Flux has applied this commit there, then waits until the operator says Ready
 * with those revisions.
 * @returns the project as it is then
 * @throws NotCompleted
 */
export async function watchDeployment(
  client: BunK8sClient,
  project: ProjectGitOps,
  commit: string,
  environments: readonly string[],
  origin: number,
): Promise<ProjectGitOps> {
  const open = new Set(environments);
  let spoken = performance.now();
  for (;;) {
    const [applied, current] = await Promise.all([
      appliedRevisions(client, project),
      client.get(PROJECTS, projectRef(project)),
    ]);
    for (const name of [...open]) {
      const revision = applied.get(name) ?? "";
      if (!revision.endsWith(commit)) continue;
      happened(origin, "applied", `${name.padEnd(13)}${shortRevision(revision)}`);
      open.delete(name);
      spoken = performance.now();
    }
    const ready = current.status?.conditions?.find(({ type }) => type === "Ready");
    if (open.size === 0 && ready?.status === "True" && tellsAll(current, applied)) return current;
    if (performance.now() - origin > GIVE_UP_MS) {
      throw new NotCompleted(`not applied within ${GIVE_UP_MS / 1000} s: ${ready?.message ?? "no message"}`);
    }
    if (performance.now() - spoken > 1000) {
      spoken = performance.now();
      const whom = open.size > 0 ? `Flux to apply it in ${[...open].join(", ")}` : "the operator to see it";
      waiting(origin, whom);
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

const tellsAll = ({ status }: ProjectGitOps, applied: ReadonlyMap<string, string>): boolean =>
  status?.environments?.every(({ name, delivery }) => delivery?.revision === applied.get(name)) === true;

/** Tells every revision that is applied from now on, until the signal. */
export async function watchRevisions(
  client: BunK8sClient,
  project: ProjectGitOps,
  origin: number,
  signal: AbortSignal,
): Promise<void> {
  let known = await appliedRevisions(client, project);
  while (!signal.aborted) {
    await Bun.sleep(LOOK_EVERY_MS);
    const now = await appliedRevisions(client, project).catch(() => known);
    for (const [name, revision] of now) {
      if (revision === "" || revision === known.get(name)) continue;
      happened(origin, "applied", `${name.padEnd(13)}${shortRevision(revision)}`);
    }
    known = now;
  }
}
