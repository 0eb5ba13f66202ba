import { FINALIZER } from "../../src/api/names.ts";
import type { ProjectGitOps, ProjectGitOpsStatus } from "../../src/api/schema.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { environmentNamespace, plannedIds } from "../../src/plan/index.ts";
import { PROJECTS, projectRef } from "../../src/reconcile/index.ts";
import { projectObject } from "../../test/api/support/scope.ts";

/** Every tenth project has one environment that fails: what people look for in the list. */
const BROKEN_EVERY = 10;

/** Creates so many projects of three environments and writes the status that an operator with Flux leaves behind. */
export async function makeProjects(client: BunK8sClient, namespace: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, place) => `project-${String(place).padStart(4, "0")}`);
  await inParallel(names, 32, async (name, place) => {
    const project = projectObject(namespace, name);
    const made = await client.create(PROJECTS, {
      ...project,
      metadata: { ...project.metadata, finalizers: [FINALIZER] },
    });
    const status = statusOf(made, place % BROKEN_EVERY === 0);
    await client.patch(PROJECTS, projectRef(made), { status }, { type: "merge", subresource: "status" });
  });
}

function statusOf({ metadata, spec }: ProjectGitOps, broken: boolean): ProjectGitOpsStatus {
  const { generation = 1, uid = "" } = metadata;
  const now = new Date().toISOString();
  const commit = new Bun.CryptoHasher("sha1").update(uid).digest("hex");
  const revision = `main@sha1:${commit}`;
  const names = spec.environments.map(({ name }) => name);
  const bad = broken ? names[1] : undefined;
  const refused = `failed to checkout and determine revision: unable to list remote for '${spec.git.url}': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain`;
  const condition = (type: string, status: "True" | "False", reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: now,
    observedGeneration: generation,
  });
  const ready = bad === undefined ? names.length : names.length - 1;
  return {
    observedGeneration: generation,
    phase: "COMPLETED",
    message: `${ready} of ${names.length} environments ready, 18 objects in place`,
    environmentsReady: `${ready}/${names.length}`,
    completedAt: now,
    setup: {
      uid,
      attempt: 1,
      generation,
      startedAt: now,
      phases: (["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_RESOURCES", "COMPLETED"] as const).map(
        (name) => ({ name, startedAt: now }),
      ),
      credentialVersion: "4711",
    },
    conditions: [
      bad === undefined
        ? condition("Ready", "True", "Ready", `${ready} of ${names.length} environments ready`)
        : condition("Ready", "False", "SourceNotReady", `${bad}: cannot fetch: ${refused}`),
    ],
    environments: spec.environments.map((environment) => ({
      name: environment.name,
      namespace: environmentNamespace(spec, environment),
      source:
        environment.name === bad
          ? { ready: "False", reason: "GitOperationFailed", message: refused, revision }
          : {
              ready: "True",
              reason: "Succeeded",
              message: `stored artifact for revision '${revision}'`,
              revision,
            },
      delivery: {
        ready: "True",
        reason: "ReconciliationSucceeded",
        message: `Applied revision: ${revision}`,
        revision,
      },
    })),
    inventory: {
      entries: plannedIds(spec).map(({ kind, namespace, name }) => ({
        id: `${namespace}_${name}__${kind}`,
        v: "v1",
      })),
    },
  };
}

async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, place: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let place = next++; place < items.length; place = next++) await work(items[place] as T, place);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
