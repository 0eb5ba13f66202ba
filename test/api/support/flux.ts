import type { ProjectGitOps } from "../../../src/api/schema.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { isFlux } from "../../../src/plan/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { condition, find, getProject, idsOf, type Scope } from "./scope.ts";

export const REVISION = "main@sha1:1f3c9ab8c1d4e5f60718293a4b5c6d7e8f901234";

interface Said {
  ready: "True" | "False" | "Unknown";
  reason: string;
  message: string;
}

/** What Flux says when all went well (words as measured on Flux's own controllers). */
const SUCCESS: Record<string, Said & Record<string, unknown>> = {
  GitRepository: {
    ready: "True",
    reason: "Succeeded",
    message: `stored artifact for revision '${REVISION}'`,
  },
  Kustomization: {
    ready: "True",
    reason: "ReconciliationSucceeded",
    message: `Applied revision: ${REVISION}`,
  },
};

/** Writes a Flux object's status as its controller would, for its present spec and request. */
export async function fluxSays({ admin }: Pick<Scope, "admin">, live: LiveObject, said: Said): Promise<void> {
  const { name, namespace = "", generation = 1, annotations = {} } = live.metadata;
  const kind = live.kind as "GitRepository" | "Kustomization";
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const handled = annotations["reconcile.fluxcd.io/requestedAt"];
  const status = {
    observedGeneration: generation,
    conditions: [
      {
        type: "Ready",
        status: said.ready,
        reason: said.reason,
        message: said.message,
        lastTransitionTime: now,
        observedGeneration: generation,
      },
    ],
    ...(said.ready === "True" ? revision(kind, now) : {}),
    ...(handled ? { lastHandledReconcileAt: handled } : {}),
  };
  const ref = { namespace, name };
  await admin.patch(resourceOf(kind), ref, { status }, { type: "merge", subresource: "status" });
}

const revision = (kind: string, now: string): object =>
  kind === "GitRepository"
    ? {
        artifact: {
          revision: REVISION,
          url: "http://source/x.tar.gz",
          path: "x.tar.gz",
          digest: `sha256:${"0".repeat(64)}`,
          lastUpdateTime: now,
        },
      }
    : { lastAppliedRevision: REVISION, lastAttemptedRevision: REVISION };

/** Stands in for Flux, which is not in this cluster: every Flux object of the project says that it has succeeded. */
export async function fluxSucceeds(scope: Pick<Scope, "admin">, project: ProjectGitOps): Promise<void> {
  const live = await Promise.all(
    idsOf(project)
      .filter(({ kind }) => isFlux(kind))
      .map((id) => find(scope.admin, id)),
  );
  const behind = live.filter((object) => object !== undefined).filter((object) => !hasAnswered(object));
  await Promise.all(behind.map((object) => fluxSays(scope, object, SUCCESS[object.kind ?? ""] as Said)));
}

/** Lets Flux succeed, again where the operator changes its objects meanwhile, until the project is Ready. */
export function untilReady(scope: Pick<Scope, "admin" | "namespace">, name: string): Promise<ProjectGitOps> {
  return eventually(
    async () => {
      const project = await getProject(scope, name);
      const ready = condition(project, "Ready");
      if (ready?.status === "True" && project.status?.observedGeneration === project.metadata.generation)
        return project;
      await fluxSucceeds(scope, project);
      throw new Error(`Ready is ${ready?.status}: ${ready?.reason}: ${ready?.message}`);
    },
    { description: `${name} is Ready`, deadlineMs: 30_000, everyMs: 100 },
  );
}

function hasAnswered({ metadata, status }: LiveObject): boolean {
  const { conditions, lastHandledReconcileAt } = (status ?? {}) as {
    conditions?: { type: string; status: string; observedGeneration?: number }[];
    lastHandledReconcileAt?: string;
  };
  const ready = conditions?.find(({ type }) => type === "Ready");
  return (
    ready?.status === "True" &&
    ready.observedGeneration === metadata.generation &&
    lastHandledReconcileAt === metadata.annotations?.["reconcile.fluxcd.io/requestedAt"]
  );
}
